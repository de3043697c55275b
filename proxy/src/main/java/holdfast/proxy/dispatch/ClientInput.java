package holdfast.proxy.dispatch;

import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent and what has not been taken: finds the commands in it and hands them on,
 * one after the other, for as long as they are taken. They stay where they lie. One loop's thread.
 */
final class ClientInput {
  /** Reading stops when so much lies here. */
  private static final int BYTES_MAX = 256 * 1024;

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final RequestScanner scanner = new RequestScanner(RespLimits.STANDARD);
  private @Nullable ByteBuf bytes;

  /** Bytes of it that its loop knows of. */
  private int counted;

  ClientInput(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  /** More has come; takes over the buffer. */
  void add(ByteBuf in) {
    ByteBuf before = bytes;
    bytes = before == null ? in : JoinedInput.of(loop.allocator(), before, in);
    count();
  }

  private void count() {
    int now = bytes == null ? 0 : bytes.capacity();
    loop.buffers().add(now - counted);
    counted = now;
  }

  /** Bytes that have not been taken. */
  int size() {
    return bytes == null ? 0 : bytes.readableBytes();
  }

  /** Whether so much lies here that the client is not read from. */
  boolean isFull() {
    return size() >= BYTES_MAX;
  }

  /** Where commands that were looked at lie; null if nothing has come. */
  @Nullable ByteBuf bytes() {
    return bytes;
  }

  /** Whether the command being looked at came as a line, not as an array. */
  boolean isInline() {
    return scanner.isInline();
  }

  /** Takes commands as far as it gets. */
  void read() {
    ByteBuf in = bytes;
    if (in == null) {
      return;
    }
    OwnLinkUse use = client.use();
    while (client.takesCommands() && in.isReadable()) {
      if (use.isStreaming()) {
        use.streamRequest(scanner, in);
        if (use.isStreaming()) {
          return;
        }
        continue;
      }
      int at = in.readerIndex();
      scanner.unauthenticated(client.login().isShutOut());
      switch (scanner.scan(in, at, in.writerIndex())) {
        case INCOMPLETE -> {
          if (!client.login().isKnown()) {
            scanner.reset(); // under the limits that are then known to hold
            client.login().greetAhead();
            return;
          }
          if (!beginsStreaming(in, at)) {
            return;
          }
        }
        case INVALID -> {
          client.replies().localError("ERR " + scanner.error());
          client.closeAfterReplies();
          in.skipBytes(in.readableBytes());
          return;
        }
        case COMPLETE -> {
          if (scanner.argumentCount() > 0 && !take(at)) {
            return;
          }
          in.readerIndex(at + scanner.length());
        }
      }
    }
  }

  /** False: it stays where it is and waits. */
  private boolean take(int at) {
    ByteBuf frame = scanner.frame();
    int start = scanner.frameStart(at);
    RequestView request = loop.scratch().request().at(frame, start, scanner);
    return client.commands().take(request, frame, start, scanner.frameLength());
  }

  private boolean beginsStreaming(ByteBuf in, int at) {
    OwnLinkUse use = client.use();
    if (!use.wantsStreaming(scanner, in, at)) {
      return false;
    }
    client.commands().flushRun();
    return use.beginStreaming(scanner, in, at);
  }

  /** Gives the buffer back if all of it has been taken, or most while memory is scarce. */
  void releaseIfTaken() {
    ByteBuf in = bytes;
    if (in == null) {
      return;
    }
    if (!in.isReadable()) {
      release();
    } else if (loop.buffers().isTight() && in.readableBytes() <= in.capacity() / 2) {
      bytes = loop.allocator().directBuffer(in.readableBytes()).writeBytes(in);
      in.release();
      count();
    }
  }

  /** Drops what there is. */
  void release() {
    if (bytes != null) {
      bytes.release();
      bytes = null;
      count();
    }
  }
}
