package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestScannerTest {
  /** Small enough that random input reaches every bound. */
  private static final RespLimits SMALL = RespLimits.STANDARD.withRequests(40, 5, 60, 100);

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(ISO_8859_1);
  }

  /**
   * What the scanner finds in a stream that comes in pieces of the sizes that {@code random} draws.
   */
  private static ReferenceRequests.Result scan(byte[] stream, RespLimits limits, Random random) {
    var scanner = new RequestScanner(limits);
    var commands = new ArrayList<List<String>>();
    var ends = new ArrayList<Integer>();
    int start = 0;
    int end = 0;
    while (true) {
      // In a buffer at another place each time, as after a move of the bytes.
      int shift = random.nextInt(5);
      ByteBuf in = Unpooled.buffer(stream.length + shift).writerIndex(shift).writeBytes(stream);
      switch (scanner.scan(in, start + shift, end + shift)) {
        case COMPLETE -> {
          start += scanner.length();
          commands.add(arguments(scanner, start + shift - scanner.length()));
          ends.add(start);
        }
        case INVALID -> {
          return new ReferenceRequests.Result(commands, ends, scanner.error());
        }
        case INCOMPLETE -> {
          if (end == stream.length) {
            return new ReferenceRequests.Result(commands, ends, null);
          }
          end = Math.min(stream.length, end + 1 + random.nextInt(8));
        }
      }
    }
  }

  private static List<String> arguments(RequestScanner scanner, int start) {
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
    return arguments;
  }

  private static String errorOf(String stream) {
    return scan(bytes(stream), RespLimits.STANDARD, new Random(1)).error();
  }

  @Test
  void findsTheSameWhereverTheStreamIsCut() {
    byte[] stream =
        bytes(
            "*2\r\n$3\r\nGET\r\n$0\r\n\r\nPING\r\n\r\n*0\r\n*-1\r\nset a \"b\\x20c\"\n*1\r\n$4\r\nQUIT\r\n");
    var expected = ReferenceRequests.parse(stream, RespLimits.STANDARD);
    assertEquals(
        List.of(
            List.of("GET", ""),
            List.of("PING"),
            List.of(),
            List.of(),
            List.of(),
            List.of("set", "a", "b c"),
            List.of("QUIT")),
        expected.commands());
    for (int first = 0; first <= stream.length; first++) {
      for (int second = first; second <= stream.length; second++) {
        assertEquals(expected.commands(), cutTwice(stream, first, second));
      }
    }
  }

  private static List<List<String>> cutTwice(byte[] stream, int first, int second) {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    var commands = new ArrayList<List<String>>();
    ByteBuf in = Unpooled.wrappedBuffer(stream);
    int start = 0;
    for (int end : new int[] {first, second, stream.length}) {
      while (scanner.scan(in, start, end) == ScanStatus.COMPLETE) {
        commands.add(arguments(scanner, start));
        start += scanner.length();
      }
    }
    assertEquals(stream.length, start);
    assertFalse(scanner.midFrame());
    return commands;
  }

  @Test
  void agreesWithTheReferenceOnRandomAndMutatedStreams() {
    int invalid = 0;
    int valid = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      byte[] stream = randomStream(random);
      RespLimits limits = random.nextBoolean() ? SMALL : RespLimits.STANDARD;
      var expected = ReferenceRequests.parse(stream, limits);
      var found = scan(stream, limits, random);
      assertEquals(expected, found, "seed " + seed + ": " + new String(stream, ISO_8859_1));
      if (expected.error() == null) {
        valid++;
      } else {
        invalid++;
      }
    }
    assertTrue(valid > 2000 && invalid > 2000, valid + " valid, " + invalid + " invalid");
  }

  private static byte[] randomStream(Random random) {
    var stream = new StringBuilder();
    for (int left = random.nextInt(4); left >= 0; left--) {
      if (random.nextInt(3) == 0) {
        String alphabet = "ab \"'\\x4n\t\r\u000b\u00ff\u0000";
        for (int i = random.nextInt(16); i > 0; i--) {
          stream.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        stream.append(random.nextBoolean() ? "\r\n" : "\n");
      } else {
        int count = random.nextInt(7) - 1;
        stream.append('*').append(count).append("\r\n");
        for (int i = 0; i < count; i++) {
          int length = random.nextInt(5) == 0 ? random.nextInt(70) : random.nextInt(4);
          stream.append('$').append(length).append("\r\n");
          stream.append("\r\n$*a".repeat(14), 0, length).append("\r\n");
        }
      }
    }
    if (random.nextBoolean()) {
      for (int mutations = 1 + random.nextInt(3); mutations > 0 && !stream.isEmpty(); mutations--) {
        int at = random.nextInt(stream.length());
        char other = "*$\r\n-0129 x\"'\\+".charAt(random.nextInt(15));
        switch (random.nextInt(3)) {
          case 0 -> stream.setCharAt(at, other);
          case 1 -> stream.insert(at, other);
          default -> stream.deleteCharAt(at);
        }
      }
    }
    return bytes(stream.toString());
  }

  @Test
  void answersEveryBreachOfTheProtocolWithTheTextOfRedis() {
    assertEquals("Protocol error: invalid multibulk length", errorOf("*x\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*+1\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*01\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*-0\r\n"));
    assertEquals("Protocol error: invalid multibulk length", errorOf("*9223372036854775808\r\n"));
    assertEquals("Protocol error: expected '$', got 'x'", errorOf("*1\r\nx\r\n"));
    assertEquals("Protocol error: expected '$', got ' '", errorOf("*1\r\n\r\n"));
    assertEquals("Protocol error: invalid bulk length", errorOf("*1\r\n$-1\r\n"));
    assertEquals("Protocol error: invalid bulk length", errorOf("*1\r\n$\r\n"));
    assertEquals("Protocol error: too big mbulk count string", errorOf("*" + "1".repeat(70_000)));
    assertEquals(
        "Protocol error: too big bulk count string", errorOf("*1\r\n" + "x".repeat(70_000)));
    assertEquals("Protocol error: too big inline request", errorOf("a".repeat(70_000)));
    assertEquals("Protocol error: unbalanced quotes in request", errorOf("get \"a\n"));
    assertEquals("Protocol error: unbalanced quotes in request", errorOf("get 'a'b\n"));
  }

  @Test
  void takesWhatIsAtABoundAndRefusesOneMore() {
    var limits = RespLimits.STANDARD.withRequests(10, 3, 20, 45);
    var accepted =
        List.of(
            "*3\r\n$1\r\na\r\n$1\r\na\r\n$1\r\na\r\n",
            "*1\r\n$20\r\n" + "x".repeat(20) + "\r\n",
            "a".repeat(10) + "\n",
            "a b c\n",
            "*2\r\n$8\r\n" + "x".repeat(8) + "\r\n$20\r\n" + "x".repeat(16) + "yyyy\r\n");
    for (String stream : accepted) {
      var found = scan(bytes(stream), limits, new Random(7));
      assertEquals(null, found.error(), stream);
      assertEquals(1, found.commands().size(), stream);
    }
    var refused =
        List.of(
            "*4\r\n",
            "*1\r\n$21\r\n",
            "a".repeat(11),
            "a".repeat(11) + "\n",
            "a b c d\n",
            "*1" + "0".repeat(9),
            "*1\r\n$" + "1".repeat(10),
            "*2\r\n$9\r\n" + "x".repeat(9) + "\r\n$20\r\n");
    for (String stream : refused) {
      assertTrue(scan(bytes(stream), limits, new Random(7)).error() != null, stream);
    }
    assertEquals(45, accepted.getLast().length());
  }

  @Test
  void aBulkStringFlowsThroughInPiecesThatAreTakenAway() {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    String header = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\n";
    byte[] stream = bytes(header + "v".repeat(1000) + "\r\n*1\r\n$4\r\nPING\r\n");
    ByteBuf in = Unpooled.wrappedBuffer(stream);

    assertEquals(ScanStatus.INCOMPLETE, scanner.scan(in, 0, header.length() + 100));
    assertTrue(scanner.inPayload());
    assertEquals(2, scanner.argumentCount());
    assertEquals(3, scanner.argumentsExpected());
    assertEquals(1000, scanner.argumentLength(2));
    assertEquals(902, scanner.missingBytes());
    assertEquals(header.length() + 100, scanner.settledBytes());

    // Each piece is read into a buffer of its own.
    int from = header.length() + 100;
    scanner.taken(from);
    for (int to = from; to < from + 902; to++) {
      ByteBuf piece = Unpooled.wrappedBuffer(stream, from, to - from);
      assertEquals(ScanStatus.INCOMPLETE, scanner.scan(piece, 0, to - from));
      assertEquals(header.length() + 1002 - to, scanner.missingBytes());
      scanner.taken(to - from);
      from = to;
      if (to == header.length() + 1001) {
        break;
      }
    }
    ByteBuf tail = Unpooled.wrappedBuffer(stream, from, stream.length - from);
    assertEquals(ScanStatus.COMPLETE, scanner.scan(tail, 0, tail.readableBytes()));
    assertEquals(1, scanner.length());
    assertEquals(header.length() + 1002, scanner.totalBytes());
    assertEquals(3, scanner.argumentCount());
    assertTrue(scanner.argumentOffset(1) < 0);
    assertEquals(ScanStatus.COMPLETE, scanner.scan(tail, 1, tail.readableBytes()));
    assertEquals(List.of("PING"), arguments(scanner, 1));
  }

  @Test
  void theLargestBulkStringPassesInPiecesInNoTime() {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    String header = "*2\r\n$4\r\nECHO\r\n$536870912\r\n";
    ByteBuf first = Unpooled.wrappedBuffer(bytes(header));
    assertEquals(ScanStatus.INCOMPLETE, scanner.scan(first, 0, header.length()));
    scanner.taken(scanner.settledBytes());
    // One buffer for all pieces: 512 MB never exist.
    ByteBuf piece = Unpooled.wrappedBuffer(new byte[1000]);
    long left = (512L << 20) + 2;
    while (left > 1000) {
      assertEquals(ScanStatus.INCOMPLETE, scanner.scan(piece, 0, 1000));
      left -= 1000;
      assertEquals(left, scanner.missingBytes());
      scanner.taken(1000);
    }
    assertEquals(ScanStatus.COMPLETE, scanner.scan(piece, 0, 1000));
    assertEquals(left, scanner.length());
    assertEquals(2, scanner.argumentCount());
  }

  @Test
  void aLineThatComesByteByByteIsLookedAtOnce() {
    // Looked at from its start each time it would be two billion bytes.
    byte[] line = bytes("x".repeat(65_536) + "\n");
    ByteBuf in = Unpooled.wrappedBuffer(line);
    var scanner = new RequestScanner(RespLimits.STANDARD);
    for (int end = 0; end < line.length; end++) {
      assertEquals(ScanStatus.INCOMPLETE, scanner.scan(in, 0, end));
    }
    assertEquals(ScanStatus.COMPLETE, scanner.scan(in, 0, line.length));
  }

  @Test
  void keepsWhatItStillNeeds() {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    assertEquals(
        ScanStatus.INCOMPLETE, scanner.scan(Unpooled.wrappedBuffer(bytes("*1\r\n$1")), 0, 6));
    assertEquals(4, scanner.settledBytes());
    assertEquals(0, scanner.missingBytes());
    assertThrows(IllegalArgumentException.class, () -> scanner.taken(5));
    scanner.taken(4);
    ByteBuf rest = Unpooled.wrappedBuffer(bytes("$1\r\nx\r\n"));
    assertEquals(ScanStatus.COMPLETE, scanner.scan(rest, 0, 7));
    assertEquals(4, scanner.argumentOffset(0));
    assertEquals(7, scanner.length());
  }

  @Test
  void manyArgumentsAndThenFewAreRead() {
    var command = new StringBuilder("*5000\r\n");
    for (int i = 0; i < 5000; i++) {
      String text = Integer.toString(i);
      command.append('$').append(text.length()).append("\r\n").append(text).append("\r\n");
    }
    command.append("*1\r\n$4\r\nPING\r\n");
    var found =
        scan(
            bytes(command.toString()),
            RespLimits.STANDARD,
            new Random(3) {
              @Override
              public int nextInt(int bound) {
                return bound == 8 ? 1 << 20 : super.nextInt(bound);
              }
            });
    assertEquals(2, found.commands().size());
    assertEquals("4999", found.commands().getFirst().get(4999));
  }

  @Test
  void afterAnErrorNothingIsFramedUntilReset() {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    ByteBuf bad = Unpooled.wrappedBuffer(bytes("*x\r\n"));
    ByteBuf good = Unpooled.wrappedBuffer(bytes("PING\r\n"));
    assertEquals(ScanStatus.INVALID, scanner.scan(bad, 0, 4));
    assertEquals(ScanStatus.INVALID, scanner.scan(good, 0, 6));
    scanner.reset();
    assertEquals(ScanStatus.COMPLETE, scanner.scan(good, 0, 6));
  }

  @Test
  void anInlineCommandIsHandedOnInMultibulkForm() {
    var scanner = new RequestScanner(RespLimits.STANDARD);
    ByteBuf in = Unpooled.wrappedBuffer(bytes("..set 'a b' c\r\n"));
    assertEquals(ScanStatus.COMPLETE, scanner.scan(in, 2, in.writerIndex()));
    assertTrue(scanner.isInline());
    assertEquals(13, scanner.length());
    assertEquals(0, scanner.frameStart(2));
    assertEquals(
        "*3\r\n$3\r\nset\r\n$3\r\na b\r\n$1\r\nc\r\n",
        scanner.frame().toString(0, scanner.frameLength(), ISO_8859_1));
    assertEquals(List.of("set", "a b", "c"), arguments(scanner, 2));
  }

  @Test
  void refusesWhatABrowserSends() {
    for (String request :
        List.of("POST / HTTP/1.1\r\nSET a 1\r\n", "pOsT x\n", "Host: here\r\n", "HOST:\r\n")) {
      ReferenceRequests.Result result =
          scan(bytes("PING\r\n" + request), RespLimits.STANDARD, new Random(1));
      assertEquals("Protocol error: this is HTTP", result.error(), request);
      assertEquals(List.of(List.of("PING")), result.commands(), request);
    }
    for (String request : List.of("POSTS a\r\n", "POST\r\n", "host a\r\n", "SET post host:\r\n")) {
      assertNull(scan(bytes(request), RespLimits.STANDARD, new Random(1)).error(), request);
    }
  }
}
