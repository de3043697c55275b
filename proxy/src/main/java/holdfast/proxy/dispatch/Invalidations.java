package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a server tells a client that tracks keys: which of them have changed. Handed on as it is, or
 * in the form of another client that is to get it. Source: Redis {@code tracking.c}
 * sendTrackingMessage.
 *
 * <p>What comes for another client does not come in the order of the replies. So it waits here
 * until the client has the replies that are due, or it might keep a value after it was told of its
 * change. The bytes that wait are bounded: beyond that all keys are taken for changed. One loop's
 * thread.
 */
final class Invalidations {
  /** Of messages that wait for replies. */
  static final int WAITING_BYTES_MAX = 1024 * 1024;

  private static final byte[] PUSH = bytes(">2\r\n$10\r\ninvalidate\r\n");
  private static final byte[] MESSAGE =
      bytes("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n");
  private static final byte[] ALL = bytes("_\r\n");
  private static final byte[] ALL_RESP2 = bytes("$-1\r\n");

  /**
   * The keys of one message, as an array or null.
   *
   * @param after the number of the reply that goes first
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Waiting(byte[] keys, int after) {}

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final ClientTracking tracking;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private int waitingBytes;

  Invalidations(ProxyLoop loop, ClientConnection client, ClientTracking tracking) {
    this.loop = loop;
    this.client = client;
    this.tracking = tracking;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  void clear() {
    waiting.clear();
    waitingBytes = 0;
  }

  // ---- from the server

  /** On the link of the client's commands: in its place among the replies. */
  void onPush(Upstream link, ByteBuf in, int start, int length) {
    if (isInvalidation(in, start, length)
        && tracking.state().redirect() == 0
        && client.session().protocol() == 3) {
      client.replies().invalidation(in, start, length);
    }
  }

  /** On the link of messages for another client. */
  void onMessage(Upstream link, ByteBuf in, int start, int length) {
    if (!isInvalidation(in, start, length)) {
      return;
    }
    var keys = new byte[length - PUSH.length];
    in.getBytes(start + PUSH.length, keys);
    if (waiting.isEmpty() && client.use().isQuiet()) {
      redirect(keys);
      return;
    }
    if (waitingBytes + keys.length > WAITING_BYTES_MAX) {
      clear();
      keys = ALL;
    }
    waiting.add(new Waiting(keys, client.output().last()));
    waitingBytes += keys.length;
  }

  private static boolean isInvalidation(ByteBuf in, int start, int length) {
    if (length <= PUSH.length) {
      return false;
    }
    for (int i = 0; i < PUSH.length; i++) {
      if (in.getByte(start + i) != PUSH[i]) {
        return false;
      }
    }
    return true;
  }

  /** Replies were written: those that waited for them go. */
  void repliesWritten() {
    for (Waiting first = waiting.peek();
        first != null && client.output().isWritten(first.after);
        first = waiting.peek()) {
      waiting.remove();
      waitingBytes -= first.keys.length;
      redirect(first.keys);
    }
  }

  // ---- of our own

  /** The server knows no more what was read: all keys may have changed. */
  void all() {
    if (tracking.state().redirect() != 0) {
      clear();
      redirect(ALL);
    } else if (client.session().protocol() == 3) {
      ByteBuf frame = Unpooled.wrappedBuffer(PUSH, ALL);
      client.replies().message(frame);
      if (client.output().hasAside()) {
        // What came of a link that is lost, and is to be written yet, is not tracked any more.
        client.replies().invalidation(frame, 0, frame.readableBytes());
      }
    }
  }

  /** Another gets the messages from here on. */
  void leaves() {
    long id = tracking.state().redirect();
    if (id != 0 && loop.clients().byId(id) != null) {
      all();
    }
  }

  // ---- to the client that gets them

  private void redirect(byte[] keys) {
    long id = tracking.state().redirect();
    ClientConnection other = loop.clients().byId(id);
    if (other == null) {
      tracking.redirectBroken(true);
      tellBroken(id);
    } else if (other.isOn(loop)) {
      give(other, keys);
    } else {
      other.handOver(keys.length, () -> give(other, keys));
    }
  }

  /**
   * On the other's loop. No keys, which is all of them, are told as its own protocol has it; a
   * server takes that of the client that tracks, which a client of RESP2 cannot read.
   */
  private static void give(ClientConnection other, byte[] keys) {
    boolean all = keys[0] != '*';
    if (other.session().protocol() == 3) {
      other.replies().message(Unpooled.wrappedBuffer(PUSH, all ? ALL : keys));
    } else if (ClientLine.isSubscriber(other.session())) {
      other.replies().message(Unpooled.wrappedBuffer(MESSAGE, all ? ALL_RESP2 : keys));
    }
  }

  private void tellBroken(long id) {
    if (client.session().protocol() == 3) {
      RespWriter out = client.replies().writer();
      out.push(2).bulk("tracking-redir-broken").integer(id);
      ByteBuf frame = loop.scratch().reply();
      client.replies().message(frame, frame.readerIndex(), frame.readableBytes());
    }
  }
}
