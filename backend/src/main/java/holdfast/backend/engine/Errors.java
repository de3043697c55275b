package holdfast.backend.engine;

/** The error replies that many commands share, worded as Redis 7.0 does. */
@SuppressWarnings("StaticAssignmentOfThrowable") // without stack trace, and immutable
public final class Errors {
  public static final CommandError WRONG_TYPE =
      new CommandError("WRONGTYPE Operation against a key holding the wrong kind of value");
  public static final CommandError SYNTAX = new CommandError("ERR syntax error");
  public static final CommandError NOT_AN_INTEGER =
      new CommandError("ERR value is not an integer or out of range");
  public static final CommandError NOT_A_FLOAT = new CommandError("ERR value is not a valid float");
  public static final CommandError OUT_OF_RANGE = new CommandError("ERR value is out of range");
  public static final CommandError NOT_POSITIVE =
      new CommandError("ERR value is out of range, must be positive");
  public static final CommandError NO_SUCH_KEY = new CommandError("ERR no such key");
  public static final CommandError INDEX_OUT_OF_RANGE = new CommandError("ERR index out of range");
  public static final CommandError OVERFLOW =
      new CommandError("ERR increment or decrement would overflow");
  public static final CommandError NAN_OR_INFINITY =
      new CommandError("ERR increment would produce NaN or Infinity");
  public static final CommandError INVALID_CURSOR = new CommandError("ERR invalid cursor");
  public static final CommandError TIMEOUT_NOT_A_FLOAT =
      new CommandError("ERR timeout is not a float or out of range");
  public static final CommandError TIMEOUT_NOT_AN_INTEGER =
      new CommandError("ERR timeout is not an integer or out of range");
  public static final CommandError TIMEOUT_NEGATIVE = new CommandError("ERR timeout is negative");
  public static final CommandError TIMEOUT_OUT_OF_RANGE =
      new CommandError("ERR timeout is out of range");
  public static final CommandError DB_INDEX = new CommandError("ERR DB index is out of range");
  public static final CommandError SAME_OBJECT =
      new CommandError("ERR source and destination objects are the same");
  public static final CommandError STRING_TOO_LONG =
      new CommandError("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  public static final CommandError NO_AUTH = new CommandError("NOAUTH Authentication required.");
  public static final CommandError READ_ONLY =
      new CommandError("READONLY You can't write against a read only replica.");
  public static final CommandError MASTER_DOWN =
      new CommandError(
          "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  public static final CommandError LOADING =
      new CommandError("LOADING Redis is loading the dataset in memory");
  public static final CommandError NO_REPLICAS =
      new CommandError("NOREPLICAS Not enough good replicas to write.");
  public static final CommandError NOT_IN_TRANSACTION =
      new CommandError("ERR Command not allowed inside a transaction");
  public static final CommandError TRANSACTION_TOO_LARGE =
      new CommandError("ERR transaction too large, more than 1 GB is queued");
  public static final CommandError EXEC_ABORT =
      new CommandError("EXECABORT Transaction discarded because of previous errors.");

  private Errors() {}

  /** Wrong number of arguments; a subcommand's name has the form "client|id". */
  public static CommandError arity(String command) {
    return new CommandError("ERR wrong number of arguments for '" + command + "' command");
  }

  /** Expire times that are zero, negative where that is not allowed, or overflow. */
  public static CommandError expireTime(String command) {
    return new CommandError("ERR invalid expire time in '" + command + "' command");
  }
}
