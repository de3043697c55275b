package holdfast.proxy.runtime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The same clients at a server and at a proxy before another server: each command is sent in both
 * worlds, and what each client then hears at the server it must hear at the proxy, byte for byte.
 * In a command {@code {x}} is the id of client x, and so it is in what is heard.
 *
 * <p>What a server has to say is known when it has answered somebody else twice: it says all it has
 * to before it goes on.
 */
final class Twins implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private record Client(Socket direct, Socket proxied, String directId, String proxiedId) {}

  private final InetSocketAddress server;
  private final InetSocketAddress proxy;
  private final Socket somebodyElse;
  private final Map<String, Client> clients = new LinkedHashMap<>();

  /** Those that are gone included. */
  private final List<Client> everybody = new ArrayList<>();

  Twins(InetSocketAddress server, InetSocketAddress proxy) throws IOException {
    this.server = server;
    this.proxy = proxy;
    this.somebodyElse = connect(server);
  }

  private static Socket connect(InetSocketAddress to) throws IOException {
    var socket = new Socket("127.0.0.1", to.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** A client that speaks this protocol. */
  void open(String name, int protocol) throws IOException {
    Socket direct = connect(server);
    Socket proxied = connect(proxy);
    clients.put(name, new Client(direct, proxied, id(direct), id(proxied)));
    everybody.add(client(name));
    if (protocol == 3) {
      for (Socket each : new Socket[] {direct, proxied}) {
        PlainSocket.send(each, "HELLO 3\r\nPING\r\n");
        String line = PlainSocket.line(each);
        while (!line.equals("+PONG")) {
          line = PlainSocket.line(each);
        }
      }
    }
  }

  private static String id(Socket socket) throws IOException {
    PlainSocket.send(socket, "CLIENT ID\r\n");
    return PlainSocket.line(socket).substring(1);
  }

  /** The proxy's id of a client. */
  String proxiedId(String name) {
    return client(name).proxiedId;
  }

  private Client client(String name) {
    Client client = clients.get(name);
    if (client == null) {
      throw new IllegalArgumentException("no client " + name);
    }
    return client;
  }

  /** A client sends commands, which are answered: what everybody hears is the same. */
  String run(String name, String... commands) throws IOException {
    return run(name, true, commands);
  }

  /** The same of commands that are not answered. */
  String runSilent(String name, String... commands) throws IOException {
    return run(name, false, commands);
  }

  private String run(String name, boolean answered, String... commands) throws IOException {
    Client client = client(name);
    String text = String.join("\r\n", commands) + "\r\n";
    PlainSocket.send(client.direct, withIds(text, true));
    PlainSocket.send(client.proxied, withIds(text, false));
    var heard = new StringBuilder();
    if (answered) {
      heard.append((char) client.direct.getInputStream().read());
    }
    String heardBySender = "";
    settle();
    for (Map.Entry<String, Client> each : clients.entrySet()) {
      InputStream in = each.getValue().direct.getInputStream();
      String before = each.getKey().equals(name) ? heard.toString() : "";
      String all = before + new String(in.readNBytes(in.available()), ISO_8859_1);
      String expected = translated(all, text.contains("GETREDIR"));
      byte[] got =
          each.getValue().proxied.getInputStream().readNBytes(expected.getBytes(ISO_8859_1).length);
      assertEquals(
          expected, new String(got, ISO_8859_1), each.getKey() + " after " + name + ": " + text);
      if (each.getKey().equals(name)) {
        heardBySender = expected;
      }
    }
    return heardBySender;
  }

  private void settle() throws IOException {
    for (int i = 0; i < 3; i++) {
      PlainSocket.send(somebodyElse, "PING\r\n");
      assertEquals("+PONG", PlainSocket.line(somebodyElse));
    }
  }

  private String withIds(String text, boolean direct) {
    String with = text;
    for (Map.Entry<String, Client> each : clients.entrySet()) {
      Client client = each.getValue();
      with = with.replace("{" + each.getKey() + "}", direct ? client.directId : client.proxiedId);
    }
    return with;
  }

  /** What the server says of ids, as the proxy has to say it. */
  private String translated(String text, boolean alone) {
    String with = text;
    for (Client client : everybody) {
      // Other numbers may be the same.
      for (String word : List.of("redirect", "broken", "$2\r\nid")) {
        with =
            with.replace(
                word + "\r\n:" + client.directId + "\r", word + "\r\n:" + client.proxiedId + "\r");
      }
      if (alone && with.equals(":" + client.directId + "\r\n")) {
        return ":" + client.proxiedId + "\r\n";
      }
    }
    return with;
  }

  /** A client goes. */
  void close(String name) throws IOException {
    Client client = client(name);
    clients.remove(name);
    client.direct.close();
    client.proxied.close();
  }

  /** Nobody has heard more at the proxy than at the server. */
  void assertNothingMore(String... names) throws IOException {
    for (String name : names) {
      run(name, "PING");
    }
  }

  @Override
  public void close() throws IOException {
    for (String name : clients.keySet().toArray(String[]::new)) {
      close(name);
    }
    somebodyElse.close();
  }
}
