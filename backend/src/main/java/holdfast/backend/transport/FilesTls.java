package holdfast.backend.transport;

import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 by PEM files, which may be replaced while it is in use: each new connection, once
 * a second at most, has them looked at on another thread, and those after it use what is there.
 * Files that cannot be used are told in the log, and the ones before stay in use. Connections that
 * are open keep what they began with. Any thread.
 */
public final class FilesTls implements Tls {
  private static final Logger LOG = LoggerFactory.getLogger(FilesTls.class);
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private interface Builder {
    SslContext build(TlsFiles files) throws IOException;
  }

  /** What the files say, and by what we would see that they were replaced. */
  private record Loaded(SslContext context, List<Object> stamps) {}

  private final TlsFiles files;
  private final Builder builder;
  private final boolean checksName;
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile Loaded loaded;
  private final Ticker ticker = BootTicker.system();
  private volatile long lookedNanos = ticker.nowNanos();
  private String lastProblem = "";

  private FilesTls(TlsFiles files, boolean checksName, Builder builder) throws IOException {
    this.files = files;
    this.builder = builder;
    this.checksName = checksName;
    this.loaded = load();
  }

  /**
   * The end that listens.
   *
   * @param clients whether those who connect must, may or need not show a certificate
   * @throws IOException if the files cannot be used: the message says why
   */
  public static FilesTls server(TlsFiles files, ClientCertificates clients) throws IOException {
    Path certificate = files.certificate();
    if (certificate == null) {
      throw new IOException("whoever listens needs a certificate and its key");
    }
    return new FilesTls(
        files,
        false,
        from -> {
          SslContextBuilder made =
              SslContextBuilder.forServer(certificate.toFile(), file(from.key()))
                  .clientAuth(
                      switch (clients) {
                        case NONE -> ClientAuth.NONE;
                        case OPTIONAL -> ClientAuth.OPTIONAL;
                        case REQUIRED -> ClientAuth.REQUIRE;
                      });
          return built(made, from);
        });
  }

  /**
   * The end that connects. It shows its certificate, if it has one, to those who ask.
   *
   * @param checksName whether the peer's certificate must be for the name or address connected to
   * @throws IOException if the files cannot be used: the message says why
   */
  public static FilesTls client(TlsFiles files, boolean checksName) throws IOException {
    return new FilesTls(
        files,
        checksName,
        from -> {
          SslContextBuilder made =
              SslContextBuilder.forClient()
                  .endpointIdentificationAlgorithm(checksName ? "HTTPS" : null);
          if (from.certificate() != null) {
            made.keyManager(file(from.certificate()), file(from.key()));
          }
          return built(made, from);
        });
  }

  /** Whether those who connect show a certificate. */
  public enum ClientCertificates {
    /** They are not asked. */
    NONE,
    /** One that is shown must be good. */
    OPTIONAL,
    /** Nobody comes in without. */
    REQUIRED
  }

  private static SslContext built(SslContextBuilder builder, TlsFiles files) throws IOException {
    Path authorities = files.authorities();
    if (authorities != null) {
      builder.trustManager(authorities.toFile());
    }
    return builder.sslProvider(SslProvider.JDK).protocols(PROTOCOLS).build();
  }

  private static File file(@Nullable Path path) {
    return Objects.requireNonNull(path).toFile();
  }

  private Loaded load() throws IOException {
    // First the stamps: what is replaced meanwhile is seen the next time.
    List<Object> stamps = stamps();
    try {
      return new Loaded(builder.build(files), stamps);
    } catch (IllegalArgumentException e) {
      Throwable cause = e.getCause();
      throw new IOException(
          files + ": " + e.getMessage() + (cause == null ? "" : ": " + cause.getMessage()), e);
    }
  }

  private List<Object> stamps() throws IOException {
    var stamps = new ArrayList<Object>();
    for (Path path :
        Stream.of(files.certificate(), files.key(), files.authorities())
            .filter(Objects::nonNull)
            .toList()) {
      if (!Files.isReadable(path)) {
        throw new IOException(path + ": no such file, or not one that can be read");
      }
      var attributes = Files.readAttributes(path, BasicFileAttributes.class);
      stamps.add(attributes.lastModifiedTime());
      stamps.add(attributes.size());
      stamps.add(String.valueOf(attributes.fileKey()));
    }
    return stamps;
  }

  private void lookAgain() {
    if (ticker.nowNanos() - lookedNanos >= LOOK_NANOS && looking.compareAndSet(false, true)) {
      lookedNanos = ticker.nowNanos();
      Thread.startVirtualThread(
          () -> {
            reloadIfReplaced();
            looking.set(false);
          });
    }
  }

  private void reloadIfReplaced() {
    try {
      if (!stamps().equals(loaded.stamps())) {
        loaded = load();
        lastProblem = "";
        LOG.info("the files of TLS were replaced: new connections use {}", files);
      }
    } catch (IOException e) {
      String problem = String.valueOf(e.getMessage());
      if (!problem.equals(lastProblem)) {
        lastProblem = problem;
        LOG.warn("the files of TLS cannot be used, those before stay in use: {}", problem);
      }
    }
  }

  /**
   * TLS over a socket of the JDK's that is connected, for tools that wait for each answer.
   *
   * @param host whom it is connected to
   * @return after the handshake; closing it closes {@code plain}
   * @throws IOException if the handshake fails
   */
  public Socket over(Socket plain, String host, int port) throws IOException {
    var sockets = ((JdkSslContext) loaded.context()).context().getSocketFactory();
    var socket = (SSLSocket) sockets.createSocket(plain, host, port, true);
    if (checksName) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
    }
    socket.setEnabledProtocols(PROTOCOLS);
    socket.startHandshake();
    return socket;
  }

  @Override
  public ChannelHandler before(ChannelHandler handler, InetSocketAddress peer) {
    return new Before(handler, peer);
  }

  @ChannelHandler.Sharable
  private final class Before extends ChannelInitializer<Channel> {
    private final ChannelHandler handler;
    private final InetSocketAddress peer;

    Before(ChannelHandler handler, InetSocketAddress peer) {
      this.handler = handler;
      this.peer = peer;
    }

    @Override
    protected void initChannel(Channel channel) {
      lookAgain();
      SslContext context = loaded.context();
      SslHandler tls =
          checksName
              ? context.newHandler(channel.alloc(), peer.getHostString(), peer.getPort())
              : context.newHandler(channel.alloc());
      tls.setHandshakeTimeoutMillis(HANDSHAKE_TIMEOUT.toMillis());
      channel.pipeline().addLast(tls, Failures.SHARED, handler);
    }
  }

  /** Netty's TLS reports what it fails at as a decoder's trouble; it is a connection's. */
  @ChannelHandler.Sharable
  private static final class Failures extends ChannelInboundHandlerAdapter {
    static final Failures SHARED = new Failures();

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      boolean wrapped =
          cause instanceof DecoderException && cause.getCause() instanceof IOException;
      context.fireExceptionCaught(wrapped ? cause.getCause() : cause);
    }
  }
}
