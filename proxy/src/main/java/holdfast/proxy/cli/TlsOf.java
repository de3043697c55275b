package holdfast.proxy.cli;

import holdfast.backend.transport.FilesTls;
import holdfast.backend.transport.FilesTls.ClientCertificates;
import holdfast.backend.transport.Tls;
import holdfast.backend.transport.TlsFiles;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import holdfast.proxy.config.HoldfastConfig.TlsSection;
import holdfast.proxy.config.HoldfastConfig.WaysSection;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS as a configuration says it; files that cannot be used are a {@link UsageException}. */
final class TlsOf {
  private TlsOf() {}

  /** For clients who connect to us. */
  static Tls clients(WaysSection ways) {
    try {
      return FilesTls.server(
          files(ways.tls()), ClientCertificates.valueOf(ways.clientCertificates().name()));
    } catch (IOException e) {
      throw new UsageException("proxy.tls: " + e.getMessage());
    }
  }

  /** For our connections to backends; null if they are plain. */
  static @Nullable FilesTls backends(BackendsSection backends) {
    if (!backends.tlsEnabled()) {
      return null;
    }
    try {
      return FilesTls.client(files(backends.tls()), backends.verifyName());
    } catch (IOException e) {
      throw new UsageException("backends.tls: " + e.getMessage());
    }
  }

  private static TlsFiles files(TlsSection tls) {
    return new TlsFiles(path(tls.certificate()), path(tls.key()), path(tls.authorities()));
  }

  private static @Nullable Path path(String text) {
    return text.isEmpty() ? null : Path.of(text);
  }
}
