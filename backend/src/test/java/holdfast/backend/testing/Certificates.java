package holdfast.backend.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import holdfast.backend.transport.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A key and a certificate that it signed itself, made by the JDK's keytool: its own authority. As
 * PEM files for servers, and as a client of its own over the JDK's sockets.
 */
public final class Certificates {
  private static final char[] PASSWORD = "holdfast".toCharArray();
  private static final String ALIAS = "it";

  private final Path folder;
  private final KeyStore store;

  private Certificates(Path folder, KeyStore store) {
    this.folder = folder;
    this.store = store;
  }

  /**
   * Makes one.
   *
   * @param folder of its files, made if it is not there
   * @param alternativeName whom it is for, as keytool's san: {@code ip:127.0.0.1}
   */
  public static Certificates make(Path folder, String name, String alternativeName) {
    try {
      Files.createDirectories(folder);
      Path file = folder.resolve("store.p12");
      Files.deleteIfExists(file);
      Process keytool =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                      "-genkeypair",
                      "-keyalg",
                      "EC",
                      "-alias",
                      ALIAS,
                      "-dname",
                      "CN=" + name,
                      "-ext",
                      "san=" + alternativeName,
                      "-keystore",
                      file.toString(),
                      "-storepass",
                      new String(PASSWORD)))
              .redirectErrorStream(true)
              .start();
      String said = new String(keytool.getInputStream().readAllBytes(), US_ASCII);
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException("keytool: " + said);
      }
      KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD);
      var made = new Certificates(folder, store);
      made.write();
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void write() throws IOException, GeneralSecurityException {
    Files.writeString(certificate(), pem("CERTIFICATE", store.getCertificate(ALIAS).getEncoded()));
    byte[] key = Objects.requireNonNull(store.getKey(ALIAS, PASSWORD)).getEncoded();
    Files.writeString(key(), pem("PRIVATE KEY", key));
  }

  private static String pem(String kind, byte[] bytes) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n";
  }

  /** PEM; it is the authority that signed it, too. */
  public Path certificate() {
    return folder.resolve("certificate.pem");
  }

  /** PEM. */
  public Path key() {
    return folder.resolve("key.pem");
  }

  /** It is shown, and these are believed; null for the JDK's authorities. */
  public TlsFiles files(@Nullable Certificates believed) {
    return new TlsFiles(certificate(), key(), believed == null ? null : believed.certificate());
  }

  /**
   * A client's socket that has shaken hands.
   *
   * @param shown by the client, null for none
   * @param believed whose certificate the server must show
   * @throws IOException if the handshake fails
   */
  public static SSLSocket connect(
      InetSocketAddress address,
      @Nullable Certificates shown,
      Certificates believed,
      String... protocols)
      throws IOException {
    var plain = new Socket();
    plain.connect(address, 5000);
    plain.setSoTimeout(20_000);
    var socket =
        (SSLSocket)
            sockets(shown, believed)
                .createSocket(plain, address.getHostString(), address.getPort(), true);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    socket.startHandshake();
    return socket;
  }

  /** Makes clients' sockets. */
  public static SSLSocketFactory sockets(@Nullable Certificates shown, Certificates believed) {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(ALIAS, believed.store.getCertificate(ALIAS));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(shown == null ? null : shown.store, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
