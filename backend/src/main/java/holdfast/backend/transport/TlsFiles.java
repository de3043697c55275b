package holdfast.backend.transport;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The PEM files of one end.
 *
 * @param certificate shown to the peer, with those that signed it behind it; null shows none
 * @param key the private key of the certificate (PKCS#8, without a password); null with it
 * @param authorities certificates of those who may have signed the peer's; null for the JDK's own
 *     list
 */
public record TlsFiles(@Nullable Path certificate, @Nullable Path key, @Nullable Path authorities) {
  /** A certificate without its key, or the reverse, is of no use. */
  public TlsFiles {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("certificate and key go together, expected both or none");
    }
  }
}
