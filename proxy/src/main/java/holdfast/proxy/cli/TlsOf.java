package holdfast.proxy.cli;

import holdfast.backend.transport.FilesTls;
import holdfast.backend.transport.FilesTls.ClientCertificates;
import holdfast.backend.transport.Tls;
import holdfast.backend.transport.TlsFiles;
import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import holdfast.proxy.config.HoldfastConfig.EngineSection;
import holdfast.proxy.config.HoldfastConfig.PortTls;
import holdfast.proxy.config.HoldfastConfig.TlsSection;
import holdfast.proxy.config.HoldfastConfig.VoterSection;
import holdfast.proxy.config.HoldfastConfig.WaysSection;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** TLS as a configuration says it; files that cannot be used are a {@link UsageException}. */
final class TlsOf {
  private TlsOf() {}

  /** For clients who connect to us. */
  static Tls clients(WaysSection ways) {
    return server("proxy.tls", ways.tls(), ways.clientCertificates());
  }

  /** For our connections to backends; null if they are plain. */
  static @Nullable FilesTls backends(BackendsSection backends) {
    return backends.tlsEnabled()
        ? client("backends.tls", backends.tls(), backends.verifyName())
        : null;
  }

  /** For those who connect to this voter; null in plain. */
  static @Nullable Tls voterPort(VoterSection voter) {
    return port("voter.tls", voter.tls());
  }

  /** For those who connect to this engine; null in plain. */
  static @Nullable Tls enginePort(EngineSection engine) {
    return port("engine.tls", engine.tls());
  }

  private static @Nullable Tls port(String section, PortTls tls) {
    return tls.enabled() ? server(section, tls.files(), tls.clientCertificates()) : null;
  }

  /** For our connections to voters; null if they are plain. */
  static @Nullable FilesTls voters(VoterSection voter) {
    return voter.tls().enabled()
        ? client("voter.tls", voter.tls().files(), voter.verifyName())
        : null;
  }

  private static FilesTls server(
      String section, TlsSection tls, HoldfastConfig.ClientCertificates clients) {
    try {
      return FilesTls.server(files(tls), ClientCertificates.valueOf(clients.name()));
    } catch (IOException e) {
      throw new UsageException(section + ": " + e.getMessage());
    }
  }

  private static FilesTls client(String section, TlsSection tls, boolean verifyName) {
    try {
      return FilesTls.client(files(tls), verifyName);
    } catch (IOException e) {
      throw new UsageException(section + ": " + e.getMessage());
    }
  }

  private static TlsFiles files(TlsSection tls) {
    return new TlsFiles(path(tls.certificate()), path(tls.key()), path(tls.authorities()));
  }

  private static @Nullable Path path(String text) {
    return text.isEmpty() ? null : Path.of(text);
  }
}
