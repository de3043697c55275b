package holdfast.backend.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReplyScannerTest {
  private static final List<String> FRAMES =
      List.of(
          "+OK\r\n",
          "+\r\n",
          "-ERR what\r\n",
          ":-12\r\n",
          "$-1\r\n",
          "$0\r\n\r\n",
          "$5\r\na\r\nbc\r\n",
          "*-1\r\n",
          "*0\r\n",
          "*2\r\n*1\r\n:1\r\n$1\r\nx\r\n",
          "_\r\n",
          "#t\r\n",
          ",1.5\r\n",
          ",inf\r\n",
          "(123456789012345678901234567890\r\n",
          "!8\r\nERR what\r\n",
          "=6\r\ntxt:hi\r\n",
          "%1\r\n+k\r\n*0\r\n",
          "~2\r\n:1\r\n:2\r\n",
          ">2\r\n+message\r\n+x\r\n",
          "|1\r\n+ttl\r\n:1\r\n$1\r\nx\r\n",
          "|0\r\n:1\r\n",
          "*2\r\n|1\r\n+a\r\n|1\r\n+b\r\n+c\r\n:1\r\n:1\r\n:2\r\n",
          "|1\r\n+a\r\n:1\r\n>1\r\n+x\r\n",
          "$?\r\n;4\r\nHell\r\n;1\r\no\r\n;0\r\n",
          "$?\r\n;0\r\n",
          "*?\r\n:1\r\n$?\r\n;1\r\nx\r\n;0\r\n*0\r\n.\r\n",
          "%?\r\n+a\r\n:1\r\n.\r\n",
          "~?\r\n.\r\n",
          "*1\r\n*?\r\n*1\r\n%?\r\n.\r\n.\r\n");

  private static ByteBuf buffer(String latin1) {
    return Unpooled.wrappedBuffer(latin1.getBytes(ISO_8859_1));
  }

  private static String errorOf(String stream, RespLimits limits) {
    var scanner = new ReplyScanner(limits);
    ByteBuf in = buffer(stream);
    assertEquals(ScanStatus.INVALID, scanner.scan(in, 0, in.writerIndex()), stream);
    // The same wherever it is cut.
    for (int cut = 0; cut < stream.length(); cut++) {
      var again = new ReplyScanner(limits);
      if (again.scan(in, 0, cut) != ScanStatus.INVALID) {
        assertEquals(
            ScanStatus.INVALID, again.scan(in, 0, in.writerIndex()), stream + " at " + cut);
      }
      assertEquals(scanner.error(), again.error());
    }
    return scanner.error();
  }

  @Test
  void findsTheEndOfEveryTypeWhereverItIsCut() {
    for (String frame : FRAMES) {
      ByteBuf in = buffer("xx" + frame + "+NEXT\r\n");
      for (int first = 0; first < frame.length(); first++) {
        for (int second = first; second < frame.length(); second++) {
          var scanner = new ReplyScanner(RespLimits.STANDARD);
          assertEquals(ScanStatus.INCOMPLETE, scanner.scan(in, 2, 2 + first), frame);
          assertEquals(ScanStatus.INCOMPLETE, scanner.scan(in, 2, 2 + second), frame);
          assertEquals(second > 0, scanner.midFrame());
          assertEquals(ScanStatus.COMPLETE, scanner.scan(in, 2, in.writerIndex()), frame);
          assertEquals(frame.length(), scanner.length(), frame);
          assertFalse(scanner.midFrame());
        }
      }
    }
  }

  @Test
  void tellsTypePushAndError() {
    var scanner = new ReplyScanner(RespLimits.STANDARD);
    for (String frame : FRAMES) {
      ByteBuf in = buffer(frame);
      scanner.scan(in, 0, in.writerIndex());
      String value =
          frame.startsWith("|1") ? frame.substring(frame.indexOf("1\r\n", 3) + 3) : frame;
      char type = frame.startsWith("|0") ? ':' : value.charAt(0);
      assertEquals(type, (char) scanner.firstByte(), frame);
      assertEquals(type == '>', scanner.isPush());
      assertEquals(type == '-' || type == '!', scanner.isError());
      assertEquals(type, (char) in.getByte(scanner.valueOffset()), frame);
    }
  }

  @Test
  void everyFrameFlowsThroughInPiecesThatAreTakenAway() {
    for (String frame : FRAMES) {
      byte[] bytes = frame.getBytes(ISO_8859_1);
      var scanner = new ReplyScanner(RespLimits.STANDARD);
      int from = 0;
      for (int to = 0; to < bytes.length; to++) {
        ByteBuf piece = Unpooled.wrappedBuffer(bytes, from, to - from);
        assertEquals(ScanStatus.INCOMPLETE, scanner.scan(piece, 0, to - from), frame);
        int settled = scanner.settledBytes();
        scanner.taken(settled);
        from += settled;
      }
      ByteBuf rest = Unpooled.wrappedBuffer(bytes, from, bytes.length - from);
      assertEquals(ScanStatus.COMPLETE, scanner.scan(rest, 0, bytes.length - from), frame);
      assertEquals(bytes.length - from, scanner.length());
      assertEquals(bytes.length, scanner.totalBytes());
    }
  }

  @Test
  void tellsHowMuchOfAStringIsToCome() {
    var scanner = new ReplyScanner(RespLimits.STANDARD);
    assertEquals(ScanStatus.INCOMPLETE, scanner.scan(buffer("*2\r\n$500\r\nabc"), 0, 13));
    assertEquals(499, scanner.missingBytes());
    assertEquals(13, scanner.settledBytes());
  }

  @Test
  void refusesWhatIsNoReply() {
    var limits = RespLimits.STANDARD;
    errorOf("x\r\n", limits);
    errorOf("\r\n", limits);
    errorOf("+a\rb\r\n", limits);
    errorOf("$3\r\nabcd\r\n", limits);
    errorOf("$3\r\nabc\rx", limits);
    errorOf("$-2\r\n", limits);
    errorOf("$x\r\n", limits);
    errorOf("$01\r\n", limits);
    errorOf("$\r\n", limits);
    errorOf("*-2\r\n", limits);
    errorOf("*x\r\n", limits);
    errorOf("%-1\r\n", limits);
    errorOf("~-1\r\n", limits);
    errorOf(">?\r\n", limits);
    errorOf("|?\r\n", limits);
    errorOf("=-1\r\n", limits);
    errorOf("!?\r\n", limits);
    errorOf("*1\r\n>1\r\n", limits);
    errorOf(";1\r\n", limits);
    errorOf(".\r\n", limits);
    errorOf("*1\r\n.\r\n", limits);
    errorOf("$?\r\n+x\r\n", limits);
    errorOf("$?\r\n;-1\r\n", limits);
    errorOf("*?\r\n;1\r\n", limits);
    errorOf("%?\r\n+a\r\n.\r\n", limits);
    errorOf("*?\r\n|0\r\n.\r\n", limits);
    errorOf("*?\r\n.x\r\n", limits);
    errorOf("HTTP/1.1 200 OK\r\n", limits);
  }

  @Test
  void takesWhatIsAtABoundAndRefusesOneMore() {
    var limits = RespLimits.STANDARD.withRequests(10, 10, 5, 100).withReplies(8, 4, 3, 30);
    for (String frame :
        List.of(
            "+12345678\r\n",
            "$5\r\n12345\r\n",
            "*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
            "%2\r\n:1\r\n:1\r\n:1\r\n:1\r\n",
            "*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n.\r\n",
            "*1\r\n*1\r\n*1\r\n:1\r\n",
            "*3\r\n$5\r\n12345\r\n:1\r\n+12345678\r\n")) {
      ByteBuf in = buffer(frame);
      assertEquals(
          ScanStatus.COMPLETE, new ReplyScanner(limits).scan(in, 0, in.writerIndex()), frame);
    }
    errorOf("+123456789\r\n", limits);
    errorOf("+123456789", limits);
    errorOf("$6\r\n", limits);
    errorOf("*5\r\n", limits);
    errorOf("%3\r\n", limits);
    errorOf("*?\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n.\r\n", limits);
    errorOf("*1\r\n*1\r\n*1\r\n*1\r\n", limits);
    errorOf("*3\r\n$5\r\n12345\r\n:12\r\n+12345678\r\n", limits);
  }

  @Test
  void endsRandomValuesWhereTheyWereMadeToEnd() {
    for (int seed = 0; seed < 5_000; seed++) {
      var random = new Random(seed);
      var stream = new StringBuilder();
      var ends = new ArrayList<Integer>();
      for (int left = 1 + random.nextInt(4); left > 0; left--) {
        value(stream, random, 0, true);
        ends.add(stream.length());
      }
      assertEquals(ends, ends(stream.toString(), random), "seed " + seed + ": " + stream);
    }
  }

  @Test
  void survivesMutatedStreamsAndEndsFramesTheSameHoweverTheyAreCut() {
    int invalid = 0;
    for (int seed = 0; seed < 10_000; seed++) {
      var random = new Random(seed);
      var stream = new StringBuilder();
      value(stream, random, 0, true);
      value(stream, random, 0, true);
      for (int mutations = 1 + random.nextInt(3); mutations > 0; mutations--) {
        int at = random.nextInt(stream.length());
        stream.setCharAt(at, "+-:$*_#,(=!%~>|;.?\r\n019x".charAt(random.nextInt(24)));
      }
      String mutated = stream.toString();
      var whole = new ArrayList<Integer>();
      var scanner = new ReplyScanner(RespLimits.STANDARD);
      ByteBuf in = buffer(mutated);
      int start = 0;
      ScanStatus status;
      while ((status = scanner.scan(in, start, in.writerIndex())) == ScanStatus.COMPLETE) {
        start += scanner.length();
        whole.add(start);
      }
      if (status == ScanStatus.INVALID) {
        invalid++;
        whole.add(-1);
      }
      assertEquals(whole, ends(mutated, random), "seed " + seed + ": " + mutated);
    }
    assertTrue(invalid > 2_000, invalid + " invalid");
  }

  /** Where frames end in a stream that comes in random pieces; -1 last if it is invalid. */
  private static List<Integer> ends(String stream, Random random) {
    var scanner = new ReplyScanner(RespLimits.STANDARD);
    var ends = new ArrayList<Integer>();
    ByteBuf in = buffer(stream);
    int start = 0;
    int end = 0;
    while (true) {
      switch (scanner.scan(in, start, end)) {
        case COMPLETE -> {
          start += scanner.length();
          ends.add(start);
        }
        case INVALID -> {
          ends.add(-1);
          return ends;
        }
        case INCOMPLETE -> {
          if (end == stream.length()) {
            return ends;
          }
          end = Math.min(stream.length(), end + 1 + random.nextInt(10));
        }
      }
    }
  }

  /** A random valid value, by the grammar. */
  static void value(StringBuilder out, Random random, int depth, boolean top) {
    if (random.nextInt(12) == 0) {
      int pairs = random.nextInt(2);
      out.append('|').append(pairs).append("\r\n");
      values(out, random, depth, 2 * pairs);
    }
    switch (random.nextInt(depth > 3 ? 9 : top ? 16 : 15)) {
      case 0 -> out.append("+some text\r\n");
      case 1 -> out.append("-ERR no\r\n");
      case 2 -> out.append(':').append(random.nextInt()).append("\r\n");
      case 3 -> string(out, '$', random.nextInt(30));
      case 4 -> out.append(random.nextBoolean() ? "$-1\r\n" : "*-1\r\n");
      case 5 -> out.append("_\r\n#f\r\n", 0, 3);
      case 6 -> out.append(random.nextBoolean() ? ",3.25\r\n" : "(99999999999999999999\r\n");
      case 7 -> out.append(random.nextBoolean() ? "#t\r\n" : "=5\r\ntxt:x\r\n");
      case 8 -> {
        out.append("$?\r\n");
        for (int chunks = random.nextInt(3); chunks > 0; chunks--) {
          string(out, ';', 1 + random.nextInt(5));
        }
        out.append(";0\r\n");
      }
      case 9, 10 -> {
        int count = random.nextInt(4);
        out.append(random.nextBoolean() ? '*' : '~').append(count).append("\r\n");
        values(out, random, depth, count);
      }
      case 11, 12 -> {
        int pairs = random.nextInt(3);
        out.append('%').append(pairs).append("\r\n");
        values(out, random, depth, 2 * pairs);
      }
      case 13 -> {
        out.append("*?\r\n");
        values(out, random, depth, random.nextInt(3));
        out.append(".\r\n");
      }
      case 14 -> {
        out.append("%?\r\n");
        values(out, random, depth, 2 * random.nextInt(2));
        out.append(".\r\n");
      }
      default -> {
        int count = random.nextInt(3);
        out.append('>').append(count).append("\r\n");
        values(out, random, depth, count);
      }
    }
  }

  private static void values(StringBuilder out, Random random, int depth, int count) {
    for (int i = 0; i < count; i++) {
      value(out, random, depth + 1, false);
    }
  }

  private static void string(StringBuilder out, char type, int length) {
    out.append(type).append(length).append("\r\n");
    out.append("\r\n+:$*\0\u00ff".repeat(4), 0, length).append("\r\n");
  }
}
