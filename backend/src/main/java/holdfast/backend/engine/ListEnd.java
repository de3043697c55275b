package holdfast.backend.engine;

/** An end of a list, as LMOVE and LMPOP name it. */
enum ListEnd {
  LEFT,
  RIGHT;

  private static final byte[] LPOP = Words.bytes("LPOP");
  private static final byte[] RPOP = Words.bytes("RPOP");
  private static final byte[] LEFT_WORD = Words.bytes("left");
  private static final byte[] RIGHT_WORD = Words.bytes("right");

  /**
   * The end that an argument names.
   *
   * @throws CommandError syntax error
   */
  static ListEnd of(Call call, int at) {
    if (call.is(at, "left")) {
      return LEFT;
    }
    if (call.is(at, "right")) {
      return RIGHT;
    }
    throw Errors.SYNTAX;
  }

  byte[] pop(ListValue list) {
    return this == LEFT ? list.removeFirst() : list.removeLast();
  }

  void push(ListValue list, byte[] element) {
    if (this == LEFT) {
      list.addFirst(element);
    } else {
      list.addLast(element);
    }
  }

  /** As Redis replicates it. */
  byte[] word() {
    return this == LEFT ? LEFT_WORD : RIGHT_WORD;
  }

  /** The command that pops there: what a replica executes instead of a blocking one. */
  byte[] popCommand() {
    return this == LEFT ? LPOP : RPOP;
  }
}
