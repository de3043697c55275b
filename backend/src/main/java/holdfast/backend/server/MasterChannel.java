package holdfast.backend.server;

import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.ScanStatus;
import holdfast.backend.store.SnapshotFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one connection to a master: lines, then a snapshot in either of its two forms, then
 * the stream of commands. It finds where things end; what they mean is the {@link Listener}'s. The
 * loop's thread only.
 */
final class MasterChannel extends ChannelInboundHandlerAdapter {
  private static final int LINE_BYTES_MAX = 4096;
  private static final int MARK_BYTES = 40;

  /** A master may send what its own limits allow, which may be more than ours. */
  private static final RespLimits LIMITS =
      RespLimits.STANDARD.withRequests(
          64 * 1024, 64 * 1024 * 1024, 1 << 30, Integer.MAX_VALUE - (2 << 20));

  /** What came. */
  interface Listener {
    void connected(MasterChannel channel);

    /** A line of the greeting; never empty. */
    void line(MasterChannel channel, String text);

    /** A whole snapshot, not yet forced to disk. */
    void snapshot(MasterChannel channel, SnapshotFile file);

    /**
     * A command of the stream.
     *
     * @param bytes where it lies, {@code length} bytes from {@code index}
     */
    void command(MasterChannel channel, byte[][] arguments, ByteBuf bytes, int index, int length);

    /** All commands that were there have been handed on. */
    void commandsEnd(MasterChannel channel);

    /** Its snapshot cannot be kept, and the connection is of no more use; called once. */
    void snapshotLost(MasterChannel channel, String why);

    /** The connection is of no more use; called once. */
    void lost(MasterChannel channel, String why);
  }

  private enum Mode {
    LINES,
    SNAPSHOT_HEAD,
    SNAPSHOT_OF_LENGTH,
    SNAPSHOT_TO_MARK,
    PARKED,
    STREAM
  }

  private final Listener listener;
  private final RequestScanner scanner = new RequestScanner(LIMITS);
  private @Nullable Channel channel;
  private Mode mode = Mode.LINES;
  private ByteBuf input = Unpooled.EMPTY_BUFFER;
  private @Nullable Path folder;
  private @Nullable SnapshotFile file;
  private long missing;
  private byte[] mark = {};
  private byte[] tail = {};
  private long receivedBytes;
  private long reads;
  private long lastReceivedNanos;
  private final ServerContext server;
  private boolean over;

  MasterChannel(ServerContext server, Listener listener) {
    this.server = server;
    this.listener = listener;
    this.lastReceivedNanos = server.nowNanos();
  }

  /** When anything came last. */
  long lastReceivedNanos() {
    return lastReceivedNanos;
  }

  /** How often bytes have come: the same twice means that none came in between. */
  long reads() {
    return reads;
  }

  /** Bytes of the snapshot so far. */
  long snapshotBytes() {
    return receivedBytes;
  }

  /** Bytes still to come of a snapshot whose length is known; -1 if it is not. */
  long snapshotMissing() {
    return mode == Mode.SNAPSHOT_OF_LENGTH ? missing : -1;
  }

  /** Sends something to the master. */
  void send(ByteBuf bytes) {
    Channel to = channel;
    if (to != null && !over) {
      Sockets.send(to, bytes);
    } else {
      bytes.release();
    }
  }

  /** Our end of it, as the master sees it; null before it is connected. */
  @Nullable Channel channel() {
    return channel;
  }

  /** What comes next is a snapshot; it goes to a temporary file in this folder. */
  void expectSnapshot(Path toFolder) {
    folder = toFolder;
    mode = Mode.SNAPSHOT_HEAD;
  }

  /** What comes next is the stream. */
  void expectStream() {
    mode = Mode.STREAM;
    Channel from = channel;
    if (from != null) {
      from.config().setAutoRead(true);
      // Not from within: the caller is in the middle of a step.
      from.eventLoop().execute(this::consume);
    }
  }

  /** Closes it; the listener hears nothing more. */
  void close() {
    over = true;
    discardFile();
    if (channel != null) {
      Sockets.close(channel);
    }
  }

  private void discardFile() {
    SnapshotFile partial = file;
    file = null;
    if (partial != null) {
      partial.discard();
    }
  }

  private void lose(String why) {
    if (!over) {
      close();
      listener.lost(this, why);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    channel = ctx.channel();
    if (over) {
      Sockets.close(ctx.channel());
      return;
    }
    lastReceivedNanos = server.nowNanos();
    listener.connected(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    lose("the master closed it");
    input.release();
    input = Unpooled.EMPTY_BUFFER;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    lose(String.valueOf(cause.getMessage()));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var bytes = (ByteBuf) message;
    if (over) {
      bytes.release();
      return;
    }
    lastReceivedNanos = server.nowNanos();
    reads++;
    if (!input.isReadable()) {
      input.release();
      input = bytes;
    } else {
      int room = Math.max(bytes.readableBytes(), Math.min(input.readableBytes(), 64 << 20));
      if (input.refCnt() > 1
          || input.isReadOnly()
          || input.writableBytes() < bytes.readableBytes()) {
        ByteBuf larger = ctx.alloc().buffer(input.readableBytes() + room);
        larger.writeBytes(input);
        input.release();
        input = larger;
      }
      input.writeBytes(bytes);
      bytes.release();
    }
    consume();
  }

  private void consume() {
    try {
      boolean more = true;
      while (more && !over && input.isReadable()) {
        more =
            switch (mode) {
              case LINES -> line();
              case SNAPSHOT_HEAD -> snapshotHead();
              case SNAPSHOT_OF_LENGTH -> snapshotOfLength();
              case SNAPSHOT_TO_MARK -> snapshotToMark();
              case PARKED -> false;
              case STREAM -> stream();
            };
      }
    } catch (IOException e) {
      close();
      listener.snapshotLost(this, SnapshotFile.reason(e));
    }
    if (!input.isReadable()) {
      input.release();
      input = Unpooled.EMPTY_BUFFER;
    }
  }

  private @Nullable String takeLine() {
    int end = input.indexOf(input.readerIndex(), input.writerIndex(), (byte) '\n');
    int length = (end < 0 ? input.writerIndex() : end) - input.readerIndex();
    if (length > LINE_BYTES_MAX) {
      lose("a line longer than " + LINE_BYTES_MAX + " bytes");
      return null;
    }
    if (end < 0) {
      return null;
    }
    String text = input.toString(input.readerIndex(), length, StandardCharsets.UTF_8);
    input.readerIndex(end + 1);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }

  private boolean line() {
    String text = takeLine();
    if (text == null) {
      return false;
    }
    // Empty lines only say that it is alive.
    if (!text.isEmpty()) {
      listener.line(this, text);
    }
    return true;
  }

  private boolean snapshotHead() throws IOException {
    String text = takeLine();
    if (text == null) {
      return false;
    }
    if (text.isEmpty()) {
      return true;
    }
    Path into = folder;
    if (into == null) {
      throw new IllegalStateException("no folder for the snapshot");
    }
    if (text.startsWith("$EOF:") && text.length() == 5 + MARK_BYTES) {
      mark = text.substring(5).getBytes(StandardCharsets.UTF_8);
      tail = new byte[0];
      mode = Mode.SNAPSHOT_TO_MARK;
    } else if (text.matches("\\$\\d{1,18}")) {
      missing = Long.parseLong(text.substring(1));
      mode = Mode.SNAPSHOT_OF_LENGTH;
    } else {
      lose("master sends \"" + text + "\" where a snapshot begins");
      return false;
    }
    receivedBytes = 0;
    file = SnapshotFile.create(into);
    return true;
  }

  private SnapshotFile file() {
    SnapshotFile known = file;
    if (known == null) {
      throw new IllegalStateException("no snapshot is coming");
    }
    return known;
  }

  private boolean snapshotOfLength() throws IOException {
    int count = (int) Math.min(missing, input.readableBytes());
    write(count);
    missing -= count;
    if (missing == 0) {
      snapshotEnds();
    }
    return true;
  }

  /** Nothing follows the mark: the master waits until we say that we have loaded. */
  private boolean snapshotToMark() throws IOException {
    int count = input.readableBytes();
    int seen = Math.min(count, MARK_BYTES);
    var last = new byte[Math.min(MARK_BYTES, tail.length + seen)];
    int kept = last.length - seen;
    System.arraycopy(tail, tail.length - kept, last, 0, kept);
    input.getBytes(input.writerIndex() - seen, last, kept, seen);
    tail = last;
    write(count);
    if (Arrays.equals(tail, mark)) {
      file().cut(MARK_BYTES);
      snapshotEnds();
    }
    return true;
  }

  private void write(int count) throws IOException {
    file().write(input.nioBuffer(input.readerIndex(), count));
    input.skipBytes(count);
    receivedBytes += count;
  }

  private void snapshotEnds() {
    SnapshotFile whole = file();
    file = null;
    mode = Mode.PARKED;
    // While we load, the stream waits in the sockets.
    if (channel != null) {
      channel.config().setAutoRead(false);
    }
    listener.snapshot(this, whole);
  }

  private boolean stream() {
    boolean any = false;
    while (!over && mode == Mode.STREAM && input.isReadable()) {
      int start = input.readerIndex();
      ScanStatus status = scanner.scan(input, start, input.writerIndex());
      if (status == ScanStatus.INCOMPLETE) {
        break;
      }
      if (status == ScanStatus.INVALID) {
        lose("master breaks the protocol: " + scanner.error());
        return false;
      }
      int length = scanner.length();
      int count = scanner.argumentCount();
      ByteBuf frame = scanner.frame();
      int frameStart = scanner.frameStart(start);
      var arguments = new byte[count][];
      for (int i = 0; i < count; i++) {
        arguments[i] = new byte[scanner.argumentLength(i)];
        frame.getBytes(frameStart + scanner.argumentOffset(i), arguments[i]);
      }
      input.skipBytes(length);
      any = true;
      listener.command(this, arguments, input, start, length);
    }
    if (any && !over) {
      listener.commandsEnd(this);
    }
    return false;
  }
}
