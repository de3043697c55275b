package holdfast.backend.server;

import holdfast.backend.engine.Client;
import holdfast.backend.engine.Output;
import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.resp.ScanStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: frames its requests, has them executed, collects its replies.
 *
 * <p>Back-pressure: while a client waits (a blocking command) or does not read its replies, its
 * further requests stay unexecuted, and beyond {@link #INPUT_KEPT_BYTES} unread in the socket. So a
 * slow client costs one reply beyond {@link #OUTPUT_HIGH_BYTES}, however many requests it sends;
 * what is pushed to it unasked is bounded by its output limit. The loop's thread only.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter implements Output {
  private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

  /** Replies beyond this that the client has not taken stop the execution of its requests. */
  static final int OUTPUT_HIGH_BYTES = 1 << 20;

  /** Requests of a client that cannot be executed now are read up to this. */
  private static final int INPUT_KEPT_BYTES = 1 << 20;

  private static final int OUTPUT_START_BYTES = 512;

  private final ServerContext server;
  private final RequestScanner scanner;
  private final RespWriter writer = new RespWriter(Unpooled.EMPTY_BUFFER, 2);
  private final OutputLimit.Watch watch = new OutputLimit.Watch();
  private @Nullable ChannelHandlerContext context;
  private @Nullable Client client;
  private @Nullable ReplicaSession replica;
  private ByteBuf input = Unpooled.EMPTY_BUFFER;
  private @Nullable ByteBuf output;
  private boolean dirty;
  private boolean closing;
  private boolean closeWhenFlushed;
  private boolean pumping;

  /** Not authenticated yet, as far as was asked. */
  private boolean stranger = true;

  ClientConnection(ServerContext server) {
    this.server = server;
    this.scanner = new RequestScanner(server.settings().clients().limits());
  }

  /** Its channel; it has one from its first to its last event. */
  Channel channel() {
    return context().channel();
  }

  private ChannelHandlerContext context() {
    ChannelHandlerContext known = context;
    if (known == null) {
      throw new IllegalStateException("not connected");
    }
    return known;
  }

  /** The engine's side of it. */
  Client client() {
    Client known = client;
    if (known == null) {
      throw new IllegalStateException("not connected");
    }
    return known;
  }

  /** What it is as a replica of ours; made when it first says anything about that. */
  ReplicaSession replica() {
    ReplicaSession known = replica;
    if (known == null) {
      known = new ReplicaSession(this);
      replica = known;
    }
    return known;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    if (!server.admit(this)) {
      closing = true;
      ByteBuf refusal = ctx.alloc().buffer(64);
      new RespWriter(refusal, 2).error("ERR max number of clients reached");
      Sockets.write(ctx.channel(), refusal);
      Sockets.closeBehind(ctx.channel());
      return;
    }
    client =
        server
            .engine()
            .connect(
                this,
                text(ctx.channel().remoteAddress()),
                text(ctx.channel().localAddress()),
                server.nowMillis());
  }

  private static String text(@Nullable SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) {
      return "?:0";
    }
    String host = inet.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closing = true;
    input.release();
    input = Unpooled.EMPTY_BUFFER;
    if (output != null) {
      output.release();
      output = null;
    }
    if (replica != null) {
      server.replicas().gone(replica);
      replica.releaseQueue();
    }
    if (client != null) {
      server.engine().disconnect(client);
      server.left(this);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      LOG.error("client {}: closed after a defect", client == null ? "?" : client.address(), cause);
    }
    closing = true;
    Sockets.close(ctx.channel());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var bytes = (ByteBuf) message;
    if (closing) {
      bytes.release();
      return;
    }
    if (!input.isReadable()) {
      input.release();
      input = bytes;
    } else {
      append(ctx, bytes);
    }
    pump();
  }

  private void append(ChannelHandlerContext ctx, ByteBuf bytes) {
    int count = bytes.readableBytes();
    if (input.refCnt() > 1 || input.isReadOnly() || input.maxWritableBytes() < count) {
      input = moved(ctx, count);
    } else if (input.writableBytes() < count) {
      // Doubled, so that a value of many megabytes is not copied for each packet of it.
      int room = Math.max(count, Math.min(input.readableBytes(), scanner.missingBytes()));
      if (input.readerIndex() > 0) {
        input = moved(ctx, room);
      } else {
        input.ensureWritable(room);
      }
    }
    input.writeBytes(bytes);
    bytes.release();
  }

  private ByteBuf moved(ChannelHandlerContext ctx, int room) {
    ByteBuf larger = ctx.alloc().buffer(input.readableBytes() + room);
    larger.writeBytes(input);
    input.release();
    return larger;
  }

  /** Executes what has come, as far as this client may go on now. */
  private void pump() {
    if (pumping || closing) {
      return;
    }
    pumping = true;
    try {
      while (mayExecute() && input.isReadable() && next()) {
        // Each request is executed as it is found.
      }
    } catch (RuntimeException e) {
      // Whoever called, the pass of all clients or the engine, goes on without this one.
      LOG.error("client {}: closed after a defect", client().address(), e);
      close();
    } finally {
      pumping = false;
    }
    if (!input.isReadable()) {
      // An idle connection holds no buffer.
      input.release();
      input = Unpooled.EMPTY_BUFFER;
    }
    if (!closing) {
      boolean full = !mayExecute() && input.readableBytes() >= INPUT_KEPT_BYTES;
      boolean read = !full;
      if (channel().config().isAutoRead() != read) {
        channel().config().setAutoRead(read);
      }
    }
  }

  private boolean mayExecute() {
    return !closing
        && !closeWhenFlushed
        && !client().isWaiting()
        && (output == null || output.readableBytes() < OUTPUT_HIGH_BYTES)
        && (channel().isWritable() || isAttached());
  }

  /** Whether it gets the stream, whose limits are others, and must be heard meanwhile. */
  private boolean isAttached() {
    return replica != null && replica.stage() != ReplicaSession.Stage.UNATTACHED;
  }

  private boolean next() {
    if (stranger) {
      stranger = !client().isAuthenticated();
      scanner.unauthenticated(stranger);
    }
    int start = input.readerIndex();
    ScanStatus status = scanner.scan(input, start, input.writerIndex());
    switch (status) {
      case INCOMPLETE -> {
        return false;
      }
      case INVALID -> {
        writer(2).errorBytes("ERR " + scanner.error());
        closeAfterReply();
        return false;
      }
      case COMPLETE -> {
        int count = scanner.argumentCount();
        if (count == 0) {
          input.skipBytes(scanner.length());
          if (replica != null) {
            server.replicas().alive(replica);
          }
          return true;
        }
        ByteBuf frame = scanner.frame();
        int frameStart = scanner.frameStart(start);
        var arguments = new byte[count][];
        for (int i = 0; i < count; i++) {
          var argument = new byte[scanner.argumentLength(i)];
          frame.getBytes(frameStart + scanner.argumentOffset(i), argument);
          arguments[i] = argument;
        }
        input.skipBytes(scanner.length());
        server.engine().execute(client(), arguments, server.nowMillis());
        return true;
      }
    }
    throw new IllegalStateException(status.toString());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      resume();
    }
  }

  @Override
  public RespWriter writer(int protocol) {
    ByteBuf to = output;
    if (to == null) {
      // After the end replies are still written, and go nowhere with the buffer's release.
      to = closing ? Unpooled.buffer(64) : context().alloc().buffer(OUTPUT_START_BYTES);
      if (!closing) {
        output = to;
      }
    }
    touched();
    return writer.reset(to, protocol);
  }

  private void touched() {
    if (!dirty && !closing) {
      dirty = true;
      server.pass().dirty(this);
    }
  }

  /** Sends what there is: at the end of a pass, or before something else goes to this socket. */
  void flush() {
    dirty = false;
    ByteBuf ready = output;
    output = null;
    Channel channel = channel();
    if (ready != null) {
      if (channel.isActive() && ready.isReadable()) {
        Sockets.send(channel, ready);
      } else {
        ready.release();
      }
    }
    if (closeWhenFlushed && !closing) {
      closing = true;
      Sockets.closeBehind(channel);
      return;
    }
    if (!isAttached() && isOver(server.outputLimit(client()), pendingBytes())) {
      LOG.warn("client {}: closed, it does not read its replies", client().address());
      close();
      return;
    }
    if (input.isReadable()) {
      pump();
    }
  }

  /** Whether {@code pendingBytes} waiting for it are more than there may be. */
  boolean isOver(OutputLimit limit, long pendingBytes) {
    return watch.exceeded(limit, pendingBytes, server.nowNanos());
  }

  /** Bytes that wait in its channel for the peer to read. */
  long pendingBytes() {
    var buffer = channel().unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  public void close() {
    if (!closing) {
      closing = true;
      // Not from within: whoever closes it may be iterating over clients.
      ChannelHandlerContext ctx = context();
      ctx.executor().execute(() -> Sockets.close(ctx.channel()));
    }
  }

  /** The server ends: what was answered goes out, and nothing more is executed. */
  void end() {
    closing = true;
    Sockets.closeBehind(channel());
  }

  @Override
  public void closeAfterReply() {
    // At the end of the pass: what it was told must not overtake the stream.
    closeWhenFlushed = true;
    touched();
  }

  @Override
  public void resume() {
    context().executor().execute(this::pump);
  }
}
