package holdfast.routing.command;

/**
 * Whether a command may be run a second time when nobody knows whether it ran a first time.
 *
 * <p>The rule: running it twice in a row leaves the same data as running it once and gives the same
 * reply both times, whatever the data was before. So SET may be repeated, but not with NX (the
 * second reply is nil), IFEQ (the value is another by then) or GET (it answers its own value); not
 * DEL, SADD, HSET or ZADD (they count what changed), not EVAL (nobody knows what it does), not
 * PUBLISH (a message twice). A time to live that is relative counts from the repetition. Where a
 * destination is computed from sources, it must not be one of them.
 */
public enum Repetition {
  /** Changes nothing. */
  ALWAYS("") {
    @Override
    public boolean allowed(Arguments arguments) {
      return true;
    }
  },
  /** Sets what it says, and answers OK or what it set. */
  SAME("always") {
    @Override
    public boolean allowed(Arguments arguments) {
      return true;
    }
  },
  /** SET: not NX, not GET, and no comparison with what is there (Redis 8.4, Valkey 8.1). */
  UNCONDITIONAL_SET("without NX, GET and IFEQ, IFNE, IFDEQ, IFDNE") {
    @Override
    public boolean allowed(Arguments arguments) {
      return !arguments.has(3, "nx")
          && !arguments.has(3, "get")
          && !arguments.has(3, "ifeq")
          && !arguments.has(3, "ifne")
          && !arguments.has(3, "ifdeq")
          && !arguments.has(3, "ifdne");
    }
  },
  /** MSETEX, HSETEX, JSON.SET: what is there does not keep it from being set. */
  UNCONDITIONAL("without NX and FNX") {
    @Override
    public boolean allowed(Arguments arguments) {
      return !arguments.has(2, "nx") && !arguments.has(2, "fnx");
    }
  },
  /** GETEX, HGETEX: a time that has come deletes what a second run would answer. */
  WITHOUT_TIMESTAMP("without EXAT and PXAT") {
    @Override
    public boolean allowed(Arguments arguments) {
      return !arguments.has(2, "exat") && !arguments.has(2, "pxat");
    }
  },
  /** EXPIRE, PEXPIRE: a time to come, and no condition. */
  POSITIVE_EXPIRY("a time to come, without conditions") {
    @Override
    public boolean allowed(Arguments arguments) {
      return arguments.count() == 3 && arguments.number(2) > 0;
    }
  },
  /** HEXPIRE, HPEXPIRE: the same, for fields. */
  POSITIVE_FIELD_EXPIRY("a time to come, without conditions") {
    @Override
    public boolean allowed(Arguments arguments) {
      return arguments.count() > 3 && arguments.is(3, "fields") && arguments.number(2) > 0;
    }
  },
  /** COPY with REPLACE. */
  WITH_REPLACE("with REPLACE") {
    @Override
    public boolean allowed(Arguments arguments) {
      return arguments.has(3, "replace");
    }
  },
  /** SORT and GEORADIUS that store nothing. */
  WITHOUT_STORE("without STORE") {
    @Override
    public boolean allowed(Arguments arguments) {
      return !arguments.has(2, "store") && !arguments.has(2, "storedist");
    }
  },
  /** Destination first, then sources (and perhaps options): the destination is none of them. */
  DESTINATION_FIRST("if the destination is none of the sources") {
    @Override
    public boolean allowed(Arguments arguments) {
      return destinationIsNoSource(arguments, 1);
    }
  },
  /** BITOP: operation, destination, sources. */
  DESTINATION_SECOND("if the destination is none of the sources") {
    @Override
    public boolean allowed(Arguments arguments) {
      return destinationIsNoSource(arguments, 2);
    }
  },
  /** A second run would change something or answer something else, or nobody knows. */
  NEVER("") {
    @Override
    public boolean allowed(Arguments arguments) {
      return false;
    }
  };

  private final String when;

  Repetition(String when) {
    this.when = when;
  }

  /** Which requests may be repeated, in a few words; empty if all or none. */
  public String when() {
    return when;
  }

  /** Whether this request may be repeated. */
  public abstract boolean allowed(Arguments arguments);

  private static boolean destinationIsNoSource(Arguments arguments, int destination) {
    for (int i = destination + 1; i < arguments.count(); i++) {
      if (arguments.same(destination, i)) {
        return false;
      }
    }
    return true;
  }
}
