package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Errors with which a server refuses a command before executing it because of the state it is in.
 * Only the first word counts, servers word the rest differently; but a script can answer with any
 * word, so that of its errors only the servers' own sentences count.
 */
@SuppressWarnings("ImmutableEnumChecker") // bytes that nobody changes, compared in place
enum Refusals {
  READONLY(
      "the server is no master any more",
      "held, and sent to the master once a link to it has shown that it is",
      "You can't write against a read only"),
  MASTERDOWN(
      "a replica without its master",
      "held, and sent to the master once a link to it has shown that it is",
      "Link with MASTER is down"),
  LOADING(
      "the server loads its data",
      "held, and sent again when it has",
      "Redis is loading",
      "Valkey is loading"),
  NOREPLICAS(
      "min-replicas-to-write is not met",
      "held, and sent again until the hold window ends",
      "Not enough good replicas"),
  MISCONF(
      "the server cannot save its data",
      "held, and sent again until the hold window ends",
      "Errors writing to the AOF file",
      "Redis is configured to save RDB",
      "Valkey is configured to save RDB"),
  CLUSTERDOWN(
      "a cluster without a majority, or with a slot that nobody serves",
      "held, and sent again until the hold window ends"),
  TRYAGAIN(
      "keys of one command lie on two nodes while a slot moves",
      "held, and sent again until the hold window ends"),
  UNBLOCKED(
      "a blocking command was called off because the master became a replica",
      "held, and sent to the next master; to CLIENT UNBLOCK the client sees it"),
  NOSCRIPT(
      "the server does not know the script",
      "loaded and sent again if a client of this proxy has shown the body and sent nothing behind"
          + " it");

  private static final List<Refusals> ALL = List.of(values());
  private static final byte[] ABORTED = bytes("EXECABORT Transaction discarded because of:");

  private final byte[] word;
  private final List<byte[]> sentences;
  private final String meaning;
  private final String rule;

  Refusals(String meaning, String rule, String... sentences) {
    this.word = bytes(name());
    this.sentences = List.of(sentences).stream().map(Refusals::bytes).toList();
    this.meaning = meaning;
    this.rule = rule;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** What it tells of the server, in a few words. */
  String meaning() {
    return meaning;
  }

  /** What becomes of the command, in a few words. */
  String rule() {
    return rule;
  }

  /** Whether the error reply (its '-' first) is one of them, or such a reason to end a MULTI. */
  static boolean isRefusal(ByteBuf in, int start, int length) {
    return isWord(in, start + 1, length - 1) || isRefusedExec(in, start, length);
  }

  /**
   * Whether EXEC was refused as a whole for the state that the server is in. Source: Redis {@code
   * multi.c} execCommandAbort.
   */
  static boolean isRefusedExec(ByteBuf in, int start, int length) {
    int reason = start + 1 + ABORTED.length + 1;
    return begins(in, start + 1, length - 1, ABORTED)
        && isWord(in, reason, start + length - reason);
  }

  private static boolean isWord(ByteBuf in, int start, int length) {
    for (int i = 0; i < ALL.size(); i++) {
      if (begins(in, start, length, ALL.get(i).word)) {
        return true;
      }
    }
    return false;
  }

  /** Whether the error reply is one of them in a server's own words. */
  static boolean isServersOwn(ByteBuf in, int start, int length) {
    for (Refusals each : ALL) {
      if (begins(in, start + 1, length - 1, each.word)) {
        int rest = start + 1 + each.word.length + 1;
        return each.sentences.stream().anyMatch(it -> lies(in, rest, start + length - rest, it));
      }
    }
    return false;
  }

  /** Whether an error's text says that a server is in a state that passes. */
  static boolean passes(String text) {
    return ALL.stream().anyMatch(each -> each != NOSCRIPT && text.startsWith(each.name()));
  }

  /** Whether a reply begins with an error of this code word. */
  static boolean isError(ByteBuf in, int start, int length, String word) {
    return length > 0 && in.getByte(start) == '-' && begins(in, start + 1, length - 1, bytes(word));
  }

  private static boolean begins(ByteBuf in, int start, int length, byte[] word) {
    if (length <= word.length || !lies(in, start, length, word)) {
      return false;
    }
    byte after = in.getByte(start + word.length);
    return after == ' ' || after == '\r';
  }

  private static boolean lies(ByteBuf in, int start, int length, byte[] bytes) {
    if (length < bytes.length) {
      return false;
    }
    for (int i = 0; i < bytes.length; i++) {
      if (in.getByte(start + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }
}
