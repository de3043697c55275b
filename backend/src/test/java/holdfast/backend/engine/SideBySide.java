package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Several clients that do the same, step by step, at a redis-server and at an engine: who blocks,
 * who gets which reply, and what is propagated (read from the server's append-only file) must be
 * the same. No step is random and none depends on time.
 */
final class SideBySide implements AutoCloseable {
  private static final String OBSERVER = "the observer";

  private final RedisServer server;
  private final InProcess process = new InProcess();
  private final Map<String, Socket> sockets = new HashMap<>();
  private final Map<String, InProcess.Connection> connections = new HashMap<>();
  private long fileBytesSeen;

  SideBySide() throws IOException {
    server =
        RedisServer.start(
            "--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--appendfsync", "no");
    sockets.put(OBSERVER, socket());
  }

  /**
   * Each line is a client's name and its command. After each the replies that clients got, the
   * number of blocked clients and the effects are compared.
   */
  void run(String script) throws IOException {
    for (String line : script.strip().split("\n")) {
      String[] words = line.strip().split(" +");
      String[] command = new String[words.length - 1];
      System.arraycopy(words, 1, command, 0, command.length);
      step(line, words[0], command);
    }
  }

  private void step(String line, String name, String... command) throws IOException {
    if (!sockets.containsKey(name)) {
      sockets.put(name, socket());
      connections.put(name, process.connect());
    }
    process.nowMillis = System.currentTimeMillis();
    byte[][] bytes = Stream.of(command).map(RawReply::bytes).toArray(byte[][]::new);
    process.engine.execute(connections.get(name).client, bytes, process.nowMillis);
    send(name, command);
    for (Map.Entry<String, InProcess.Connection> entry : connections.entrySet()) {
      String ours = entry.getValue().received();
      if (!ours.isEmpty()) {
        String theirs = read(entry.getKey());
        if (!command[0].equals("HELLO")) { // its reply names the server
          assertEquals(theirs, ours, line + ": reply to " + entry.getKey());
        }
      }
    }
    Awaitility.await(line + ": as many blocked clients")
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertEquals(process.engine.blocked().size(), blockedClients()));
    assertEquals(theirEffects(), ourEffects(), line + ": effects");
  }

  private Socket socket() throws IOException {
    Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
    socket.setSoTimeout(5000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private int blockedClients() throws IOException {
    send(OBSERVER, "INFO", "clients");
    String info = read(OBSERVER);
    int at = info.indexOf("blocked_clients:") + "blocked_clients:".length();
    return Integer.parseInt(info.substring(at).split("\\s+")[0]);
  }

  private List<String> ourEffects() {
    List<String> effects = new ArrayList<>();
    for (String effect : process.effects()) {
      effects.add(effect.substring(effect.indexOf(' ') + 1).toLowerCase(Locale.ROOT));
    }
    return effects;
  }

  /** What the server has appended to its file since the last call, but for SELECT. */
  private List<String> theirEffects() throws IOException {
    String text;
    try (Stream<Path> files = Files.list(server.folder().resolve("appendonlydir"))) {
      Path file = files.filter(f -> f.toString().endsWith(".incr.aof")).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      text = new String(bytes, (int) fileBytesSeen, bytes.length - (int) fileBytesSeen, ISO_8859_1);
      fileBytesSeen = bytes.length;
    }
    List<String> effects = new ArrayList<>();
    String[] lines = text.split("\r\n");
    int at = 0;
    while (at < lines.length && lines[at].startsWith("*")) {
      int count = Integer.parseInt(lines[at].substring(1));
      List<String> words = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        words.add(lines[at + 2 + 2 * i].toLowerCase(Locale.ROOT));
      }
      at += 1 + 2 * count;
      if (!words.getFirst().equals("select")) {
        effects.add(String.join(" ", words));
      }
    }
    return effects;
  }

  private void send(String name, String... words) throws IOException {
    var request = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      request.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    sockets.get(name).getOutputStream().write(request.toString().getBytes(ISO_8859_1));
  }

  private String read(String name) throws IOException {
    var in = sockets.get(name).getInputStream();
    var reply = new StringBuilder();
    byte[] chunk = new byte[1 << 12];
    while (RawReply.end(reply.toString()) < 0) {
      int count = in.read(chunk);
      if (count < 0) {
        throw new IOException("redis closed the connection of " + name);
      }
      reply.append(new String(chunk, 0, count, ISO_8859_1));
    }
    return reply.toString();
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : sockets.values()) {
      socket.close();
    }
    server.close();
  }
}
