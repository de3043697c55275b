package holdfast.proxy.fuzz;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Replies never cross between clients: each carries a token of its client's own, while clients
 * leave at any moment and links are cut. Longer: -Dholdfast.tokens.commands=100000000
 * -Dholdfast.tokens.seed=7.
 */
class TokensIT {
  private static final long SEED = Long.getLong("holdfast.tokens.seed", 1);
  private static final long COMMANDS = Long.getLong("holdfast.tokens.commands", 1_000_000);
  private static final int CLIENTS = 8;
  private static final int PIPELINE_MAX = 200;
  private static final int PIPELINES_PER_CUT = 2_000;

  private final AtomicLong told = new AtomicLong();
  private final AtomicLong left = new AtomicLong();
  private final AtomicLong inDoubt = new AtomicLong();
  private final AtomicLong cuts = new AtomicLong();

  @Test
  void eachReplyIsItsClientsOwn() throws Exception {
    System.out.println("tokens: seed " + SEED + ", commands " + COMMANDS);
    try (RedisServer redis = RedisServer.start();
        ProxyServer proxy =
            ProxyServer.start(
                ProxySettings.of(
                        "127.0.0.1",
                        0,
                        new TopologySettings.Single(new NodeAddress("127.0.0.1", redis.port())))
                    .withLoops(2));
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS)) {
      var clients = new ArrayList<Callable<Void>>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.add(() -> run(number, proxy.address(), redis));
      }
      for (Future<Void> client : threads.invokeAll(clients)) {
        client.get();
      }
    }
    System.out.printf(
        "tokens: %d replies, all their client's own; %d in doubt, %d clients left with replies under"
            + " way, %d times all links were cut%n",
        told.get(), inDoubt.get(), left.get(), cuts.get());
    assertTrue(left.get() > 0, "clients left");
    assertTrue(cuts.get() > 0, "links were cut");
    assertTrue(inDoubt.get() * 100 < told.get(), "nearly all was answered: " + inDoubt);
  }

  private Void run(int number, InetSocketAddress proxy, RedisServer redis) throws IOException {
    var random = new Random(SEED * 31 + number);
    for (int life = 0; told.get() < COMMANDS; life++) {
      try (var socket = new Socket(proxy.getAddress(), proxy.getPort())) {
        socket.setSoTimeout(30_000);
        socket.setTcpNoDelay(true);
        live("c" + number + "." + life, socket, random, redis);
      }
    }
    return null;
  }

  private void live(String own, Socket socket, Random random, RedisServer redis)
      throws IOException {
    var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    for (int i = 0; told.get() < COMMANDS; i++) {
      if (random.nextInt(PIPELINES_PER_CUT) == 0) {
        redis.cli("CLIENT", "KILL", "TYPE", "normal");
        cuts.incrementAndGet();
      }
      List<String> tokens = send(own + "." + i, socket, random);
      if (random.nextInt(500) == 0) {
        if (random.nextBoolean()) {
          socket.setSoLinger(true, 0); // a reset, not an end
        }
        left.incrementAndGet();
        return;
      }
      for (String token : tokens) {
        reply(token, in);
      }
    }
  }

  /** Of each command the reply is its token, however it asks for it. */
  private static List<String> send(String own, Socket socket, Random random) throws IOException {
    var out = new ByteArrayOutputStream();
    var tokens = new ArrayList<String>();
    int count = 1 + random.nextInt(random.nextBoolean() ? 3 : PIPELINE_MAX);
    for (int i = 0; i < count; i++) {
      String token = own + "." + i;
      tokens.add(token);
      switch (random.nextInt(3)) {
        case 0 -> command(out, "PING", token);
        case 1 -> out.writeBytes(("ECHO " + token + "\r\n").getBytes(US_ASCII));
        default -> command(out, "ECHO", token);
      }
    }
    socket.getOutputStream().write(out.toByteArray());
    return tokens;
  }

  private static void command(ByteArrayOutputStream out, String name, String token) {
    String text = "*2\r\n$4\r\n" + name + "\r\n$" + token.length() + "\r\n" + token + "\r\n";
    out.writeBytes(text.getBytes(US_ASCII));
  }

  private void reply(String token, InputStream in) throws IOException {
    byte[] expected = ("$" + token.length() + "\r\n" + token + "\r\n").getBytes(US_ASCII);
    int first = in.read();
    if (first == '-') {
      String error = line(in);
      assertTrue(error.startsWith("ERR ") || error.startsWith("MASTERDOWN "), error);
      inDoubt.incrementAndGet();
      return;
    }
    var got = new byte[expected.length];
    got[0] = (byte) first;
    int rest = in.readNBytes(got, 1, got.length - 1);
    assertTrue(
        Arrays.equals(expected, got),
        () -> "for " + token + " came " + new String(got, 0, rest + 1, US_ASCII));
    told.incrementAndGet();
  }

  private static String line(InputStream in) throws IOException {
    var text = new StringBuilder();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      text.append((char) b);
    }
    return text.toString();
  }
}
