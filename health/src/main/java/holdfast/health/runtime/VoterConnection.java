package holdfast.health.runtime;

import holdfast.backend.engine.Glob;
import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.resp.ScanStatus;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One client of a voter: a holder, another voter, or a Sentinel client. Commands are answered in
 * order; while one waits for its answer nothing more is read. On the voter's event loop.
 */
final class VoterConnection extends ChannelInboundHandlerAdapter {
  private static final int KB = 1024;
  static final int CHANNELS_MAX = 64;

  /** A record and a chain fit well into it; whatever is larger is no voter. */
  private static final RespLimits LIMITS =
      RespLimits.STANDARD.withRequests(64 * KB, 64, 512 * KB, 1024 * KB);

  /** Makes one for each accepted connection. */
  static final class Initializer extends ChannelInitializer<Channel> {
    private final VoterCommands commands;

    Initializer(VoterCommands commands) {
      this.commands = commands;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(new VoterConnection(commands));
    }
  }

  private final VoterCommands commands;
  private final long id;
  private final RequestScanner scanner = new RequestScanner(LIMITS);
  private final TreeSet<String> channels = new TreeSet<>();
  private final TreeSet<String> patterns = new TreeSet<>();
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf input;
  private @Nullable ByteBuf output;
  private boolean authenticated;
  private boolean waiting;
  private boolean closing;
  private int protocol = 2;

  VoterConnection(VoterCommands commands) {
    this.commands = commands;
    this.id = commands.nextId();
    this.authenticated = !commands.needsSecret();
  }

  /** Its number among all connections of this voter. */
  long id() {
    return id;
  }

  boolean authenticated() {
    return authenticated;
  }

  void authenticate() {
    authenticated = true;
  }

  int protocol() {
    return protocol;
  }

  void protocol(int chosen) {
    protocol = chosen;
  }

  Set<String> channels() {
    return channels;
  }

  Set<String> patterns() {
    return patterns;
  }

  boolean subscribed() {
    return !channels.isEmpty() || !patterns.isEmpty();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void channelActive(ChannelHandlerContext active) {
    commands.connected(active.channel());
    active.fireChannelActive();
  }

  @Override
  public void channelRead(ChannelHandlerContext reading, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (input == null) {
      input = bytes;
    } else {
      input.writeBytes(bytes);
      bytes.release();
    }
    process();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext reading) {
    flush();
  }

  private void process() {
    ByteBuf in = input;
    while (in != null && in.isReadable() && !waiting && !closing) {
      ScanStatus status = scanner.scan(in, in.readerIndex(), in.writerIndex());
      if (status == ScanStatus.INCOMPLETE) {
        break;
      }
      if (status == ScanStatus.INVALID) {
        writer().errorBytes("ERR " + scanner.error());
        closing = true;
        break;
      }
      List<String> arguments = arguments(in);
      in.skipBytes(scanner.length());
      if (!arguments.isEmpty()) {
        commands.execute(this, arguments);
      }
    }
    if (in != null && !in.isReadable()) {
      in.release();
      input = null;
    } else if (in != null) {
      in.discardSomeReadBytes();
    }
    if (context != null) {
      context.channel().config().setAutoRead(!waiting);
    }
  }

  private List<String> arguments(ByteBuf in) {
    var arguments = new ArrayList<String>(scanner.argumentCount());
    ByteBuf frame = scanner.frame();
    int start = scanner.frameStart(in.readerIndex());
    for (int i = 0; i < scanner.argumentCount(); i++) {
      arguments.add(
          frame.toString(
              start + scanner.argumentOffset(i),
              scanner.argumentLength(i),
              StandardCharsets.UTF_8));
    }
    return arguments;
  }

  /** Where the reply of the command under way goes. */
  RespWriter writer() {
    if (output == null) {
      output = context == null ? io.netty.buffer.Unpooled.buffer() : context.alloc().buffer(256);
    }
    return new RespWriter(output, protocol);
  }

  /** The command's answer comes later; returns what to give it to, once. */
  Consumer<Consumer<RespWriter>> later() {
    waiting = true;
    return answer -> {
      if (!waiting || closing || context == null) {
        return;
      }
      waiting = false;
      answer.accept(writer());
      flush();
      // In a turn of its own: the answer may come from inside a step of the voter.
      context
          .executor()
          .execute(
              () -> {
                process();
                flush();
              });
    };
  }

  /** The replies so far, then the end. */
  void closeAfterReply() {
    closing = true;
  }

  void published(String channel, String text) {
    boolean any = false;
    if (channels.contains(channel)) {
      writer().push(3).bulk("message").bulk(channel).bulk(text);
      any = true;
    }
    for (String pattern : patterns) {
      if (Glob.matches(
          pattern.getBytes(StandardCharsets.UTF_8), channel.getBytes(StandardCharsets.UTF_8))) {
        writer().push(4).bulk("pmessage").bulk(pattern).bulk(channel).bulk(text);
        any = true;
      }
    }
    if (any) {
      flush();
    }
  }

  private void flush() {
    ByteBuf out = output;
    ChannelHandlerContext to = context;
    if (to == null || out == null) {
      return;
    }
    output = null;
    if (closing) {
      to.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    } else if (!to.channel().isWritable() && to.channel().bytesBeforeWritable() > 8L * KB * KB) {
      out.release();
      var unused = to.close(); // does not read what it asked for
    } else {
      var unused = to.writeAndFlush(out, to.voidPromise());
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext failing, Throwable cause) {
    commands.broke(cause);
    var unused = failing.close();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    closing = true;
    commands.disconnected(this);
    if (input != null) {
      input.release();
      input = null;
    }
    if (output != null) {
      output.release();
      output = null;
    }
    context = null;
  }
}
