package holdfast.proxy.dispatch;

import java.nio.charset.StandardCharsets;

/**
 * The numbers of the commands of one link whose replies its server keeps, and where: a hash with as
 * many fields as commands may be under way, used in turn. A field is free again when its command is
 * answered, because replies come in order. A link that breaks leaves its hash as it is, for the
 * commands that go out again with the numbers they had. Pure.
 */
final class OnceWindow {
  /** Commands that may be under way. */
  static final int COMMANDS_MAX = 1024;

  private final byte[] key;
  private final boolean engine;
  private long taken;
  private long answered;

  /**
   * @param key of the hash
   * @param engine whether the server is one of ours
   */
  OnceWindow(String key, boolean engine) {
    this.key = key.getBytes(StandardCharsets.US_ASCII);
    this.engine = engine;
  }

  byte[] key() {
    return key;
  }

  boolean isEngine() {
    return engine;
  }

  /** Whether another may be sent. */
  boolean hasRoom() {
    return taken - answered < COMMANDS_MAX;
  }

  boolean isHalfFree() {
    return taken - answered <= COMMANDS_MAX / 2;
  }

  /** The number of the next one. */
  long take() {
    if (!hasRoom()) {
      throw new IllegalStateException("more than " + COMMANDS_MAX + " under way");
    }
    return ++taken;
  }

  /** The field of a number. */
  static int field(long number) {
    return (int) (number % COMMANDS_MAX);
  }

  /** So many more have been answered. */
  void answered(int count) {
    answered += count;
  }
}
