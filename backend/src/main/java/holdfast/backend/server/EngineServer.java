package holdfast.backend.server;

import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A master or replica of ours: the engine behind a socket. One event loop with one thread accepts,
 * reads, executes and writes everything, so commands have one order and nothing is locked.
 *
 * <p>Any thread may start and close it.
 */
public final class EngineServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EngineServer.class);

  private final EventLoops loops;
  private final ServerContext context;
  private final Channel listener;
  private final CompletableFuture<Void> closedSignal = new CompletableFuture<>();
  private boolean closed;

  private EngineServer(EventLoops loops, ServerContext context, Channel listener) {
    this.loops = loops;
    this.context = context;
    this.listener = listener;
  }

  /**
   * Listens, loads what is on disk, during which clients are answered LOADING, and returns when it
   * serves them.
   *
   * @throws IOException if the port is taken, or what is on disk cannot be read (nothing of it is
   *     changed then)
   */
  public static EngineServer start(EngineServerSettings settings) throws IOException {
    EventLoops loops = EventLoops.start("holdfast-engine", 1);
    EventLoop loop = loops.loop(0);
    ServerContext context = null;
    EngineServer server = null;
    try {
      var closing = new CompletableFuture<EngineServer>();
      context =
          await(loop.submit(() -> new ServerContext(settings, loops, () -> closeBeside(closing))));
      SocketOptions sockets = SocketOptions.STANDARD.withTls(settings.tls().clients());
      var listening = loops.listen(settings.bind(), sockets, acceptor(context));
      await(listening);
      server = new EngineServer(loops, context, listening.channel());
      context.host().port(server.address().getPort());
      LOG.info("engine listens on {}", server.address());
      closing.complete(server);
      context.load();
      return server;
    } catch (IOException | RuntimeException | Error e) {
      if (server != null) {
        server.close();
      } else {
        if (context != null) {
          loop.submit(context::closeFiles).awaitUninterruptibly();
          context.end();
        }
        loops.close();
      }
      throw e;
    }
  }

  /** SHUTDOWN comes on the loop, which must go on turning until the end. */
  private static void closeBeside(CompletableFuture<EngineServer> server) {
    Thread.ofPlatform().name("holdfast-shutdown").start(() -> server.join().close());
  }

  private static ChannelInitializer<Channel> acceptor(ServerContext context) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new ClientConnection(context));
      }
    };
  }

  /** Waits for what the loop does; not on the loop. */
  static <T> T await(Future<T> future) throws IOException {
    future.awaitUninterruptibly();
    Throwable cause = future.cause();
    switch (cause) {
      case null -> {
        return future.getNow();
      }
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new IllegalStateException(cause);
    }
  }

  /** Its parts, for this package. */
  ServerContext context() {
    return context;
  }

  /** Where it listens, with the port it really got. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Changes with each start. */
  public String runId() {
    return context.engine().settings().runId();
  }

  /** Done when it has been closed, by whomever: SHUTDOWN closes it too. */
  public CompletionStage<Void> closed() {
    return closedSignal.minimalCompletionStage();
  }

  /** Stops listening, closes every connection, and puts on disk what is to be there. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    context.giveUpLease();
    listener.close().awaitUninterruptibly();
    // Each channel's own end releases what it holds, before the loop ends.
    listener.eventLoop().submit(context::closeConnections).awaitUninterruptibly();
    // Then nothing can change any more.
    listener.eventLoop().submit(context::closeFiles).awaitUninterruptibly();
    loops.close();
    context.end();
    closedSignal.complete(null);
  }
}
