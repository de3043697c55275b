package holdfast.routing.command;

/** What a word among its arguments makes of a command, beyond what its route says. */
public enum AskedFor {
  /** No word matters. */
  NOTHING {
    @Override
    public boolean isIn(Arguments arguments) {
      return false;
    }
  },
  /** XREAD, XREADGROUP, TS.READ with BLOCK: to wait for data, on a link of its own. */
  BLOCK {
    @Override
    public boolean isIn(Arguments arguments) {
      return arguments.has(1, "block");
    }
  },
  /** FT.AGGREGATE and its kin WITHCURSOR: a cursor, which only the server knows that gave it. */
  CURSOR {
    @Override
    public boolean isIn(Arguments arguments) {
      return arguments.has(1, "withcursor");
    }
  };

  /** Whether this request has the word; it may be a key's name by chance, which does no harm. */
  public abstract boolean isIn(Arguments arguments);
}
