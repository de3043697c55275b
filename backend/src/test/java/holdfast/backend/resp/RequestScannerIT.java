package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.RedisServer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whatever a client sends, the scanner takes and refuses what a real redis-server does. */
class RequestScannerIT {
  /** Ends every stream: its answer tells that all before it has been answered. */
  private static final String LAST = "*2\r\n$4\r\nECHO\r\n$9\r\nthe-end-1\r\n";

  private static RedisServer redis;

  @BeforeAll
  static void start() {
    redis = RedisServer.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  /** What Redis thinks of an endless line would depend on when the end of it arrives. */
  private static String end(String stream) {
    return stream.length() > 65_536 ? "" : LAST;
  }

  private static String shown(String stream) {
    return stream.substring(0, Math.min(60, stream.length()));
  }

  /** What redis-server answers, up to the answer of LAST or until it closes. */
  private static String answered(String stream) throws IOException {
    return answered(redis, stream);
  }

  private static String answered(RedisServer redis, String stream) throws IOException {
    try (var socket = new Socket(redis.address().getAddress(), redis.port())) {
      socket.setSoTimeout(5000);
      try {
        socket.getOutputStream().write((stream + end(stream)).getBytes(ISO_8859_1));
      } catch (IOException e) {
        // closed on us in mid-stream: what it said before is still to be read
      }
      var answer = new StringBuilder();
      byte[] buffer = new byte[64 * 1024];
      try {
        for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
          answer.append(new String(buffer, 0, n, ISO_8859_1));
          if (answer.toString().endsWith("$9\r\nthe-end-1\r\n")) {
            break;
          }
        }
      } catch (java.net.SocketException e) {
        answer.append("(reset)");
      }
      return answer.toString();
    }
  }

  /** What the scanner makes of it: ECHO and PING are answered as redis-server would. */
  private static String expected(String stream) {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    ByteBuf in = Unpooled.wrappedBuffer((stream + end(stream)).getBytes(ISO_8859_1));
    var answer = new StringBuilder();
    int start = 0;
    while (true) {
      switch (scanner.scan(in, start, in.writerIndex())) {
        case INVALID -> {
          return answer + "-ERR " + scanner.error() + "\r\n";
        }
        case INCOMPLETE -> {
          return start == in.writerIndex() ? answer.toString() : answer + "(waits)";
        }
        case COMPLETE -> {
          var arguments = new ArrayList<String>();
          for (int i = 0; i < scanner.argumentCount(); i++) {
            arguments.add(
                scanner
                    .frame()
                    .toString(
                        scanner.frameStart(start) + scanner.argumentOffset(i),
                        scanner.argumentLength(i),
                        ISO_8859_1));
          }
          answer.append(reply(arguments));
          start += scanner.length();
        }
      }
    }
  }

  private static String reply(List<String> arguments) {
    if (arguments.isEmpty()) {
      return "";
    }
    String argument = arguments.size() == 2 ? arguments.get(1) : "";
    return switch (arguments.getFirst().toLowerCase(java.util.Locale.ROOT)) {
      case "ping" -> arguments.size() == 1 ? "+PONG\r\n" : "(ping)";
      case "echo" ->
          arguments.size() == 2
              ? "$" + argument.length() + "\r\n" + argument + "\r\n"
              : "-ERR wrong number of arguments for 'echo' command\r\n";
      default -> "(other)";
    };
  }

  @Test
  void everyBreachOfTheProtocolIsAnsweredAsRedisDoes() throws IOException {
    var streams =
        List.of(
            "*x\r\n",
            "*\r\n",
            "*+1\r\n",
            "*01\r\n",
            "*-0\r\n",
            "* 1\r\n",
            "*1 \r\n",
            "*1\n\r\n",
            "*2147483648\r\n",
            "*9223372036854775808\r\n",
            "*-9223372036854775809\r\n",
            "*1\r\nx\r\n",
            "*1\r\n\r\n",
            "*1\r\n:1\r\n",
            "*1\r\n*1\r\n",
            "*2\r\n$4\r\nECHO\r\n+x\r\n",
            "*1\r\n$-1\r\n",
            "*1\r\n$x\r\n",
            "*1\r\n$\r\n",
            "*1\r\n$01\r\n",
            "*1\r\n$536870913\r\n",
            "*1\r\n$ 4\r\n",
            "*1\r\n$-0\r\n",
            "*" + "1".repeat(70_000),
            "*1\r\n$" + "1".repeat(70_000),
            "*1\r\n" + "x".repeat(70_000),
            "x".repeat(70_000),
            "\"PING\n",
            "'PING\n",
            "\"PING\"x\n",
            "ECHO a\"b\"c\n",
            "ECHO 'a'b\n",
            "ECHO \"a\\\n",
            "ECHO 'a\\'\n",
            "PING\r\n*x\r\n");
    for (String stream : streams) {
      String ours = expected(stream);
      assertTrue(ours.contains("Protocol error"), shown(stream) + " gives " + ours);
      assertEquals(ours, answered(stream), shown(stream));
    }
  }

  @Test
  void whatRedisTakesIsTakenInTheSameWay() throws IOException {
    var streams =
        List.of(
            "*0\r\n",
            "*-1\r\n",
            "*-9223372036854775808\r\n",
            "\r\n",
            "\n",
            "  \n",
            "PING\n",
            "ping\r\n",
            " PING \r\n",
            "*1\r\n$4\r\nPINGxx",
            "*1\rx$4\rxPINGxx",
            "\"PING\"\n",
            "'PING'\n",
            "ECHO \"\\x41\\n\\r\\t\\b\\a\\\\\\\"\\q\\x4\\xzz\"\n",
            "ECHO 'a\\'b\\x41'\n",
            "ECHO ''\n",
            "ECHO \"\"\n",
            "ECHO a\"b\"\n",
            "ECHO \u00ff\u0080\n",
            "ECHO\ta\n",
            "ECHO a\u000bb\n",
            "\u000bECHO a\n",
            "ECHO \"a\"\u000b\n",
            "ECHO a\rb\n",
            "ECHO a\r\r\n",
            "ECHO x\u001c\n",
            "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n",
            "*2\r\n$4\r\nECHO\r\n$3\r\n\r\n$\r\n");
    for (String stream : streams) {
      assertEquals(expected(stream), answered(stream), shown(stream));
      assertTrue(expected(stream).endsWith("the-end-1\r\n"), stream);
    }
  }

  @Test
  void aStrangerIsBoundedAsRedisBoundsHim() throws IOException {
    try (var locked = RedisServer.start("--requirepass", "secret")) {
      for (String stream :
          List.of("*11\r\n", "*2\r\n$4\r\nAUTH\r\n$16385\r\n", "*1\r\n$536870913\r\n")) {
        var scanner = new RequestScanner(RespLimits.STANDARD);
        scanner.unauthenticated(true);
        ByteBuf in = Unpooled.wrappedBuffer((stream + LAST).getBytes(ISO_8859_1));
        assertEquals(ScanStatus.INVALID, scanner.scan(in, 0, in.writerIndex()));
        assertEquals("-ERR " + scanner.error() + "\r\n", answered(locked, stream));
      }
      // At the bound, and beyond it once he is known.
      for (String stream : List.of("*10\r\n", "*2\r\n$4\r\nAUTH\r\n$16384\r\n")) {
        var scanner = new RequestScanner(RespLimits.STANDARD);
        scanner.unauthenticated(true);
        ByteBuf in = Unpooled.wrappedBuffer(stream.getBytes(ISO_8859_1));
        assertEquals(ScanStatus.INCOMPLETE, scanner.scan(in, 0, in.writerIndex()));
        scanner.reset();
        scanner.unauthenticated(false);
        in = Unpooled.wrappedBuffer("*11\r\n$16385\r\n".getBytes(ISO_8859_1));
        assertEquals(ScanStatus.INCOMPLETE, scanner.scan(in, 0, in.writerIndex()));
      }
    }
  }

  @Test
  void randomInlineCommandsAreSplitAsRedisSplitsThem() throws IOException {
    var random = new Random(42);
    String alphabet = "ab\"'\\x41n \t\u000b\u00e9";
    int refused = 0;
    for (int i = 0; i < 1500; i++) {
      var line = new StringBuilder("ECHO ");
      for (int length = random.nextInt(10); length > 0; length--) {
        line.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String stream = line.append(random.nextBoolean() ? "\r\n" : "\n").toString();
      String ours = expected(stream);
      refused += ours.contains("Protocol error") ? 1 : 0;
      assertEquals(ours, answered(stream), shown(stream));
    }
    assertTrue(refused > 100 && refused < 1400, refused + " refused");
  }
}
