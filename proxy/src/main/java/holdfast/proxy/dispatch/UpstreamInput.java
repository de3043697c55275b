package holdfast.proxy.dispatch;

import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.plan.Tenure;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The way back from a backend: finds replies in what has come and hands them to those who wait for
 * them, in order, replies of neighbours as one range, a long reply in pieces.
 *
 * <p>A reply of a master is handed on only while the {@link Tenure} is held, which is asked when it
 * is there (PROTOCOL.md, "Leases", M). If that has lapsed replies stay here until it is held again
 * or the link is closed: then their commands are in doubt. Before that a {@link Gate} says how much
 * of the stream is confirmed by enough replicas. And a client that does not read may hold all up.
 *
 * <p>One loop's thread.
 */
final class UpstreamInput {
  /** A reply of which more than this has come is handed on in pieces. */
  private static final int PIECE_BYTES = 64 * 1024;

  private final ProxyLoop loop;
  private final Upstream link;
  private final WaitingRing waiting;
  private final SentLog log;
  private final @Nullable Tenure tenure;
  private final @Nullable Gate gate;
  private final ReplyScanner scanner = new ReplyScanner(RespLimits.STANDARD);

  private @Nullable ByteBuf bytes;
  private Upstream.@Nullable Stream stream;
  private Upstream.@Nullable Stream pushes;

  /** The reply that is next has been handed on in part. */
  private boolean inPieces;

  private boolean lapsed;
  private boolean stuck;
  private boolean processing;

  UpstreamInput(ProxyLoop loop, Upstream link, WaitingRing waiting, SentLog log) {
    this.loop = loop;
    this.link = link;
    this.waiting = waiting;
    this.log = log;
    this.tenure = link.tenure();
    this.gate = link.gate();
  }

  /** Bytes of the buffer that they lie in. */
  int capacityBytes() {
    return bytes == null ? 0 : bytes.capacity();
  }

  /** Bytes that have come and have not been handed on. */
  int unreadBytes() {
    return bytes == null ? 0 : bytes.readableBytes();
  }

  /** Whether the reply that is next has been handed on in part. */
  boolean isMidReply() {
    return inPieces;
  }

  /** Where frames that answer no command go; null drops them. */
  void stream(Upstream.@Nullable Stream to) {
    stream = to;
    if (gate != null) {
      gate.streams(to != null);
    }
  }

  /** Where pushes go that come among the replies, and are confirmed with them; null drops them. */
  void pushes(Upstream.@Nullable Stream to) {
    pushes = to;
  }

  /** Whether frames that answer no command go somewhere. */
  boolean isStream() {
    return stream != null;
  }

  /** More has come; takes over the buffer. */
  void add(ByteBuf in) {
    int length = in.readableBytes();
    ByteBuf before = bytes;
    bytes = before == null ? in : JoinedInput.of(loop.allocator(), before, in);
    if (gate != null) {
      gate.received(length);
    }
    process();
  }

  /** The link is closed: drops what there is, now or after the reply being handed on. */
  void close() {
    if (bytes != null && !processing) {
      bytes.release();
      bytes = null;
    }
  }

  // ---- what may hold replies up

  /** The gate has opened further: goes on with the replies behind it. */
  void gateMoved() {
    goOn();
  }

  /** The lease is held again: goes on with the replies that waited for it. */
  void leaseHeld() {
    if (lapsed) {
      lapsed = false;
      goOn();
    }
  }

  /** A reply cannot be handed on for now: its client does not read. */
  void stick() {
    if (!stuck) {
      stuck = true;
      readMore();
    }
  }

  /** The client reads again, or is gone. */
  void unstick() {
    if (stuck) {
      stuck = false;
      goOn();
    }
  }

  boolean isStuck() {
    return stuck;
  }

  private boolean isReading() {
    return !lapsed && !stuck && (gate == null || !gate.isFull());
  }

  /** Whether replies are here, or would be, that may not be handed on yet. */
  boolean isHeldUp() {
    return !isReading() || (gate != null && gate.holdsBack());
  }

  private void goOn() {
    readMore();
    process();
  }

  /** What may be read has changed. */
  void readMore() {
    link.autoRead(isReading());
  }

  // ---- replies

  private void process() {
    if (processing || lapsed || stuck) {
      return;
    }
    processing = true;
    try {
      handOnWhatMay();
    } finally {
      processing = false;
    }
    ByteBuf in = bytes;
    if (in != null && (link.isClosed() || !in.isReadable())) {
      in.release();
      bytes = null;
    }
    if (gate != null && !lapsed && !stuck && link.isSetUp()) {
      gate.passed();
    }
    link.repliesHandedOn();
  }

  private void handOnWhatMay() {
    ByteBuf in = bytes;
    if (in == null) {
      return;
    }
    int end = in.writerIndex();
    int run = 0;
    int at = in.readerIndex();
    int open = gate == null ? end : gate.openIn(in);
    if (at >= open && !passes()) {
      return;
    }
    // Asked last, with the reply and its confirmation in hand.
    if (tenure != null && link.isSetUp() && !tenure.heldAt(loop.nowNanos())) {
      lapsed = true;
      readMore();
      return;
    }
    while (at < end && !link.isClosed() && !stuck && (at < open || passes())) {
      ScanStatus status = scanner.scan(in, at, end);
      if (status != ScanStatus.COMPLETE) {
        at = handOn(in, at, run);
        incomplete(in, at, status);
        return;
      }
      int length = scanner.length();
      if (isNobodysReply()) {
        at = handOn(in, at, run);
        run = 0;
        in.readerIndex(at + length);
        Upstream.Stream to = pushes != null && scanner.isPush() ? pushes : stream;
        if (to != null && !link.isClosed()) {
          to.onFrame(link, in, at, length);
        }
        at += length;
        continue;
      }
      if (waiting.isEmpty()) {
        answeredTooMuch();
        return;
      }
      if (inPieces || scanner.firstByte() == '-') {
        at = handOn(in, at, run);
        run = 0;
        at = lastPieceOrError(in, at, length);
        continue;
      }
      run++;
      at += length;
      if (run == waiting.headCount()) {
        at = handOn(in, at, run);
        run = 0;
      }
    }
    handOn(in, at, run);
  }

  /** Behind the open part of the gate: what began before it, and what need not wait. */
  private boolean passes() {
    return inPieces || waiting.headIsFree();
  }

  private boolean isNobodysReply() {
    return scanner.isPush() || (stream != null && waiting.isEmpty());
  }

  private void answeredTooMuch() {
    link.close(link.address() + " answered more than it was asked");
  }

  private void answered(int count) {
    waiting.answered(count);
    log.answered(count);
  }

  /** Hands on the run of {@code count} replies that ends at {@code at}. */
  private int handOn(ByteBuf in, int at, int count) {
    if (count > 0 && !link.isClosed()) {
      ReplyTarget target = waiting.headTarget();
      int number = waiting.headNumber();
      int start = in.readerIndex();
      in.readerIndex(at);
      answered(count);
      target.onReplies(link, in, start, at - start, number, count);
    }
    return at;
  }

  private int lastPieceOrError(ByteBuf in, int at, int length) {
    ReplyTarget target = waiting.headTarget();
    int number = waiting.headNumber();
    in.readerIndex(at + length);
    if (inPieces) {
      inPieces = false;
      answered(1);
      target.onReplyPiece(link, in, at, length, number, true);
    } else if (link.isSetUp() && Refusals.isRefusal(in, at, length)) {
      var error = new Frame(in, at, length);
      log.showOldest(
          (request, start, requestLength, sent) ->
              target.onRefused(link, new Frame(request, start, requestLength), error, number));
      if (!link.isClosed()) {
        answered(1);
      }
    } else {
      answered(1);
      target.onReplies(link, in, at, length, number, 1);
    }
    return at + length;
  }

  private void incomplete(ByteBuf in, int at, ScanStatus status) {
    if (status == ScanStatus.INVALID) {
      link.close(link.address() + " sent no RESP: " + scanner.error());
    } else if (!link.isClosed() && in.writerIndex() - at >= PIECE_BYTES && !isNobodysReply()) {
      piece(in, at);
    }
  }

  private void piece(ByteBuf in, int at) {
    if (waiting.isEmpty()) {
      answeredTooMuch();
      return;
    }
    int settled = scanner.settledBytes();
    if (settled > 0) {
      inPieces = true;
      scanner.taken(settled);
      in.readerIndex(at + settled);
      waiting.headTarget().onReplyPiece(link, in, at, settled, waiting.headNumber(), false);
    }
  }

  /** The replies that came before the gate's mark are dropped; their clients are told. */
  void dropUnconfirmed() {
    ByteBuf in = bytes;
    if (gate == null || in == null) {
      return;
    }
    if (inPieces) {
      link.close("the replies behind one that is on its way could not be confirmed in time");
      return;
    }
    int mark = gate.markIn(in);
    while (in.readerIndex() < mark && !link.isClosed()) {
      int at = in.readerIndex();
      if (scanner.scan(in, at, in.writerIndex()) != ScanStatus.COMPLETE || waiting.isEmpty()) {
        link.close("a reply that came in part could not be confirmed in time");
        return;
      }
      in.readerIndex(at + scanner.length());
      if (isNobodysReply()) {
        continue;
      }
      ReplyTarget target = waiting.headTarget();
      int number = waiting.headNumber();
      log.showOldest(
          (request, start, length, sent) ->
              target.onUnconfirmed(link, new Frame(request, start, length), number));
      if (!link.isClosed()) {
        answered(1);
      }
    }
  }
}
