package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** LCS: the longest common subsequence of two strings. Source: Redis {@code t_string.c}. */
final class LcsCommand {
  /** Bytes of the table at most; the time is in proportion, and nobody else is served meanwhile. */
  private static final long TABLE_BYTES_MAX = StringCommands.LENGTH_MAX;

  /** A stretch that both strings share, ends included. */
  private record Match(int aStart, int aEnd, int bStart, int bEnd) {
    int length() {
      return aEnd - aStart + 1;
    }
  }

  private LcsCommand() {}

  static void register(Engine engine) {
    engine.register("lcs", LcsCommand::run);
  }

  private static void run(Call call) {
    byte[] a = bytes(call, 1);
    byte[] b = bytes(call, 2);
    boolean lengthOnly = false;
    boolean indexes = false;
    boolean withLength = false;
    long lengthMin = 0;
    for (int at = 3; at < call.count(); at++) {
      if (call.is(at, "IDX")) {
        indexes = true;
      } else if (call.is(at, "LEN")) {
        lengthOnly = true;
      } else if (call.is(at, "WITHMATCHLEN")) {
        withLength = true;
      } else if (call.is(at, "MINMATCHLEN") && at + 1 < call.count()) {
        lengthMin = Math.max(0, call.integer(++at));
      } else {
        throw Errors.SYNTAX;
      }
    }
    if (indexes && lengthOnly) {
      throw new CommandError("ERR If you want both the length and indexes, please just use IDX.");
    }
    if ((a.length + 1L) * (b.length + 1L) * Integer.BYTES > TABLE_BYTES_MAX) {
      throw new CommandError(
          "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    int[] table = table(a, b);
    int length = table[table.length - 1];
    if (lengthOnly) {
      call.out().integer(length);
      return;
    }
    byte[] common = new byte[length];
    List<Match> matches = walk(a, b, table, common);
    if (indexes) {
      reply(call, matches, lengthMin, withLength, length);
    } else {
      call.out().bulk(common);
    }
  }

  private static byte[] bytes(Call call, int at) {
    Value value = call.read(call.arg(at));
    if (value == null) {
      return Words.EMPTY;
    }
    if (value instanceof StringValue string) {
      return string.bytes();
    }
    throw new CommandError("ERR The specified keys must contain string values");
  }

  /** Row by row, the length of the longest common subsequence of the two beginnings. */
  private static int[] table(byte[] a, byte[] b) {
    int width = b.length + 1;
    int[] table = new int[(a.length + 1) * width];
    for (int i = 1; i <= a.length; i++) {
      for (int j = 1; j <= b.length; j++) {
        int at = i * width + j;
        table[at] =
            a[i - 1] == b[j - 1]
                ? table[at - width - 1] + 1
                : Math.max(table[at - width], table[at - 1]);
      }
    }
    return table;
  }

  /** Goes back from the end; ties go to the shorter second string, as in Redis. */
  private static List<Match> walk(byte[] a, byte[] b, int[] table, byte[] common) {
    var matches = new ArrayList<Match>();
    int width = b.length + 1;
    int left = common.length;
    @Nullable Match open = null;
    int i = a.length;
    int j = b.length;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        common[--left] = a[i - 1];
        boolean extends1 = open != null && open.aStart == i && open.bStart == j;
        if (open != null && !extends1) {
          matches.add(open);
          open = null;
        }
        open =
            open == null
                ? new Match(i - 1, i - 1, j - 1, j - 1)
                : new Match(i - 1, open.aEnd, j - 1, open.bEnd);
        i--;
        j--;
      } else if (table[(i - 1) * width + j] > table[i * width + j - 1]) {
        i--;
      } else {
        j--;
      }
    }
    if (open != null) {
      matches.add(open);
    }
    return matches;
  }

  private static void reply(
      Call call, List<Match> matches, long lengthMin, boolean withLength, int length) {
    var shown = new ArrayList<Match>(matches);
    shown.removeIf(match -> match.length() < lengthMin);
    call.out().map(2).bulk("matches").array(shown.size());
    for (Match match : shown) {
      call.out().array(withLength ? 3 : 2);
      call.out().array(2).integer(match.aStart).integer(match.aEnd);
      call.out().array(2).integer(match.bStart).integer(match.bEnd);
      if (withLength) {
        call.out().integer(match.length());
      }
    }
    call.out().bulk("len").integer(length);
  }
}
