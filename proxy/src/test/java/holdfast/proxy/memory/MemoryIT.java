package holdfast.proxy.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RedisServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What large values and many clients cost a proxy with a heap of 64 MB, as the system counts it.
 */
@Timeout(300)
class MemoryIT {
  private static final int MB = 1024 * 1024;

  /** Of the heap and the JVM's own; measured with nothing connected it is 110. */
  private static final long BASE_MIB = 200;

  private final RedisServer redis = RedisServer.start();
  private final ProxyProcess proxy = ProxyProcess.before(redis.port());
  private final List<Socket> open = new ArrayList<>();

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : open) {
      socket.close();
    }
    proxy.close();
    redis.close();
  }

  private Socket client() throws IOException {
    var socket = new Socket("127.0.0.1", proxy.port());
    socket.setSoTimeout(120_000);
    socket.setTcpNoDelay(true);
    open.add(socket);
    return socket;
  }

  private static void say(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static void hear(String expected, Socket from) throws IOException {
    byte[] got = from.getInputStream().readNBytes(expected.length());
    assertEquals(expected, new String(got, US_ASCII));
  }

  @Test
  void aValueOf512MbFlowsThroughBothWays() throws Exception {
    Socket client = client();
    int size = 512 * MB;
    var chunk = new byte[MB];
    for (int i = 0; i < MB; i++) {
      chunk[i] = (byte) (i * 31 >> 3);
    }
    say(client, "*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n$" + size + "\r\n");
    OutputStream out = client.getOutputStream();
    for (int i = 0; i < size / MB; i++) {
      out.write(chunk);
    }
    say(client, "\r\n");
    hear("+OK\r\n", client);
    say(client, "*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n");
    hear("$" + size + "\r\n", client);
    InputStream in = client.getInputStream();
    for (int i = 0; i < size / MB; i++) {
      assertArrayEquals(chunk, in.readNBytes(MB));
    }
    hear("\r\n", client);
    System.out.println("512 MB set and got: peak of the proxy " + proxy.peakMib() + " MiB");
    assertTrue(proxy.peakMib() <= BASE_MIB + 64, "peak " + proxy.peakMib() + " MiB");
  }

  @Test
  void tenThousandIdleClientsCostLittle() throws Exception {
    int count = Math.min(10_000, filesMax() - 1_000);
    long before = proxy.residentMib();
    for (int i = 0; i < count; i++) {
      Socket client = client();
      say(client, "PING\r\n");
      hear("+PONG\r\n", client);
    }
    long peak = proxy.peakMib();
    System.out.println(
        count + " idle clients: proxy " + before + " MiB before, peak " + peak + " MiB");
    assertTrue(peak <= BASE_MIB + 64, "peak " + peak + " MiB");
    Socket last = client();
    say(last, "ECHO still\r\n");
    hear("$5\r\nstill\r\n", last);
  }

  @Test
  void aThousandPipelinesOf1MbWaitBeforeAServerThatStandsStill() throws Exception {
    var commands = new ByteArrayOutputStream();
    int count = 0;
    while (commands.size() < MB) {
      String value = "v".repeat(100 + count * 37 % 900);
      String key = "k" + count % 100;
      String set =
          "*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n"
              .formatted(key.length(), key, value.length(), value);
      commands.writeBytes(set.getBytes(US_ASCII));
      count++;
    }
    try (var clients = new Pipelines(proxy.port(), 1000, commands.toByteArray(), count)) {
      long before = proxy.residentMib();
      redis.sigstop();
      try {
        clients.sendWhatIsTaken();
      } finally {
        redis.sigcont();
      }
      long stopped = proxy.peakMib();
      clients.finish();
      long peak = proxy.peakMib();
      System.out.printf(
          "1000 pipelines of 1 MB: proxy %d MiB before, peak %d MiB while the server stood still,"
              + " %d MiB in all%n",
          before, stopped, peak);
      assertTrue(peak <= BASE_MIB + 64, "peak " + peak + " MiB");
    }
  }

  /** What this process may open, and the proxy alike. */
  private static int filesMax() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
      if (line.startsWith("Max open files")) {
        return Integer.parseInt(line.replaceAll("\\s+", " ").split(" ", -1)[4]);
      }
    }
    throw new IllegalStateException("no limit of open files");
  }
}
