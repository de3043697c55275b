package holdfast.routing.command;

/**
 * Whether a server can keep the reply of a command in the same step in which it executes it, which
 * is what {@link InDoubtPolicy#EXACTLY_ONCE} is made of: the server then runs the command inside a
 * script.
 *
 * <p>All commands that change something and that a script may run are among them, also those that
 * could be repeated: what has been written since would be overwritten.
 */
public enum Recording {
  /** Changes nothing, may not run inside a script, or is not known. */
  NEVER {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return false;
    }
  },
  /** As it is. */
  ALWAYS {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return true;
    }
  },
  /** LPOP, RPOP: in RESP2 no script can answer the null array that they answer with a count. */
  WITHOUT_COUNT {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return protocol == 3 || arguments.count() == 2;
    }
  },
  /** LMPOP, ZMPOP: the same, always. */
  RESP3 {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return protocol == 3;
    }
  },
  /** What has nulls inside an array: in RESP3 a script's array ends before the first. */
  RESP2 {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return protocol == 2;
    }
  },
  /** EVAL: the body is surrounded. */
  BODY {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return hasKeys(arguments);
    }
  },
  /** EVALSHA: as EVAL if the body is known. */
  DIGEST {
    @Override
    boolean isPossible(Arguments arguments, int protocol) {
      return hasKeys(arguments);
    }
  };

  /** A script cannot hand on any number of arguments. */
  public static final int ARGUMENTS_MAX = 1000;

  /** Where EVAL and EVALSHA say how many keys there are. */
  private static final int KEYS_AT = 2;

  /** Whether this request's reply can be kept, on a link that speaks this protocol (2 or 3). */
  public boolean allowed(Arguments arguments, int protocol) {
    return this != NEVER && arguments.count() <= ARGUMENTS_MAX && isPossible(arguments, protocol);
  }

  abstract boolean isPossible(Arguments arguments, int protocol);

  private static boolean hasKeys(Arguments arguments) {
    if (arguments.count() <= KEYS_AT) {
      return false;
    }
    long keys = arguments.number(KEYS_AT);
    return keys >= 0 && keys <= arguments.count() - KEYS_AT - 1;
  }
}
