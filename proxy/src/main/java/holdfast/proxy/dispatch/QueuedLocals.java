package holdfast.proxy.dispatch;

import holdfast.backend.resp.ReplyScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.resp.ScanStatus;
import holdfast.routing.command.CommandTraits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands inside MULTI that concern the connection itself. The server, which does not know the
 * client, gets a PING in the place of each (of SELECT itself, which what follows depends on); when
 * it answers EXEC they are run here, and their replies take their places. One loop's thread.
 */
final class QueuedLocals implements ReplyTarget {
  /** A longer reply of EXEC is not gathered to put something into it. */
  private static final int REPLY_BYTES_MAX = 64 << 20;

  /** What keeping a command costs beside its bytes, about. */
  private static final int ENTRY_BYTES = 64;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Local(int place, byte[] frame) {}

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final List<Local> locals = new ArrayList<>();
  private final ReplyScanner scanner = new ReplyScanner(RespLimits.STANDARD);
  private final RequestView request = new RequestView();
  private int queued;
  private long bytes;
  private @Nullable ByteBuf pieces;

  QueuedLocals(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  boolean isEmpty() {
    return locals.isEmpty();
  }

  /** Another command is queued at the server. */
  void queued() {
    queued++;
  }

  /** Whether one more may be kept: as much as of the whole transaction, each with what it costs. */
  boolean hasRoomFor(int length) {
    return bytes + length + ENTRY_BYTES <= loop.settings().clients().transactionBytesMax();
  }

  /** The command that is queued next is run here. */
  void add(ByteBuf in, int start, int length) {
    var frame = new byte[length];
    in.getBytes(start, frame);
    locals.add(new Local(queued, frame));
    bytes += length + ENTRY_BYTES;
  }

  void clear() {
    locals.clear();
    queued = 0;
    bytes = 0;
    dropPieces();
  }

  private void dropPieces() {
    ByteBuf gathered = pieces;
    pieces = null;
    if (gathered != null) {
      gathered.release();
    }
  }

  /** What the server gets in the place of a command that it would answer as if it were alone. */
  ByteBuf placeholder() {
    RespWriter writer = loop.scratch().writer(2);
    writer.command("PING");
    return loop.scratch().reply();
  }

  // ---- what the server answers to EXEC

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    ByteBuf out = loop.allocator().buffer(length);
    try {
      if (fill(in, start, length, out)) {
        client.replies().onReplies(link, out, 0, out.readableBytes(), number, count);
      } else {
        client.replies().onReplies(link, in, start, length, number, count);
      }
    } finally {
      out.release();
    }
  }

  /** False if nothing was executed: the reply is no array of as many replies as were queued. */
  private boolean fill(ByteBuf in, int start, int length, ByteBuf out) {
    int end = start + length;
    int header = in.indexOf(start, end, (byte) '\n') + 1;
    if (in.getByte(start) != '*' || header == 0 || client.isClosed()) {
      return false;
    }
    out.writeBytes(in, start, header - start);
    int at = header;
    int next = 0;
    for (int place = 0; at < end; place++) {
      scanner.reset();
      if (scanner.scan(in, at, end) != ScanStatus.COMPLETE) {
        return false;
      }
      if (next < locals.size() && locals.get(next).place == place) {
        run(locals.get(next++), out);
      } else {
        out.writeBytes(in, at, scanner.length());
      }
      at += scanner.length();
    }
    return true;
  }

  private void run(Local local, ByteBuf out) {
    ByteBuf frame = Unpooled.wrappedBuffer(local.frame);
    RequestView view = request.at(frame, 0, local.frame.length);
    CommandTraits traits = view.classify(loop.classes());
    client.replies().gatherInto(out);
    try {
      client.commands().runLocal(traits, view);
    } finally {
      client.replies().gatherInto(null);
    }
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    ByteBuf gathered = pieces;
    if (gathered == null) {
      gathered = loop.allocator().buffer(length);
      pieces = gathered;
    }
    if (gathered.readableBytes() + length > REPLY_BYTES_MAX) {
      client.close();
      return;
    }
    gathered.writeBytes(in, start, length);
    if (last) {
      pieces = null;
      try {
        onReplies(link, gathered, 0, gathered.readableBytes(), number, 1);
      } finally {
        gathered.release();
      }
    }
  }

  @Override
  public void onRefused(Upstream link, Frame refused, Frame error, int number) {
    client.replies().onRefused(link, refused, error, number);
  }

  @Override
  public void onLost(Upstream link, Frame lost, int number, boolean sent) {
    dropPieces();
    client.replies().onLost(link, lost, number, sent);
  }

  @Override
  public void onUnconfirmed(Upstream link, Frame unconfirmed, int number) {
    client.replies().onUnconfirmed(link, unconfirmed, number);
  }
}
