package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** A client's socket on which a test writes what it wants, and reads line by line. */
final class PlainSocket {
  private PlainSocket() {}

  /** A connection to a proxy; a read gives up after 20 s. */
  static Socket to(ProxyServer proxy) throws IOException {
    var socket = new Socket("127.0.0.1", proxy.address().getPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** A connection to a server; a read gives up after 20 s. */
  static Socket to(int port) throws IOException {
    var socket = new Socket("127.0.0.1", port);
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** All that is answered to commands, a line or semicolon between them; a PING ends them. */
  static String untilPong(Socket socket, String lines) throws IOException {
    send(socket, lines.replace(" ; ", "\r\n") + "\r\nPING end-of-lines\r\n");
    var all = new StringBuilder();
    for (String line = line(socket); !line.equals("end-of-lines"); line = line(socket)) {
      all.append(line).append('\n');
    }
    return all.toString();
  }

  static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  static String line(Socket socket) throws IOException {
    return line(socket.getInputStream());
  }

  static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n' && b >= 0; b = in.read()) {
      line.append((char) b);
    }
    return line.toString().strip();
  }
}
