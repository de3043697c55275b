package holdfast.backend.engine;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.resp.RespWriter;
import java.util.List;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One command being executed: its arguments, its client, its database, and what it reports: the
 * reply, the keys it changed, the effects to replicate. A blocked command keeps its call.
 *
 * <p>What goes to the replicas: if anything was {@link #changed}, the command as it came, unless
 * the handler gave something else by {@link #propagate} (whatever is not deterministic must).
 */
public final class Call {
  private final Engine engine;
  private final Client client;
  private final CommandFacts facts;
  private final byte[][] args;
  private final boolean inTransaction;
  private @Nullable RespWriter out;
  private int changes;
  private boolean substituted;
  private @Nullable CommandError error;

  Call(Engine engine, Client client, CommandFacts facts, byte[][] args, boolean inTransaction) {
    this.engine = engine;
    this.client = client;
    this.facts = facts;
    this.args = args;
    this.inTransaction = inTransaction;
  }

  public Engine engine() {
    return engine;
  }

  public Client client() {
    return client;
  }

  public CommandFacts facts() {
    return facts;
  }

  /** The database the client has selected. */
  public Database db() {
    return engine.keyspace().database(client.database());
  }

  /** Where the reply goes. */
  public RespWriter out() {
    RespWriter writer = out;
    if (writer == null) {
      writer = client.out();
      out = writer;
    }
    return writer;
  }

  /** Wall-clock milliseconds since 1970; the same throughout a transaction. */
  public long nowMillis() {
    return engine.keyspace().nowMillis();
  }

  /** All arguments with the command's name; not to be changed. A value may keep an array. */
  public byte[][] args() {
    return args;
  }

  /** How many arguments there are, the name counted. */
  public int count() {
    return args.length;
  }

  public byte[] arg(int at) {
    return args[at];
  }

  /** Whether an argument is this word in any case. */
  public boolean is(int at, String word) {
    return Words.same(args[at], word);
  }

  /**
   * An argument as an integer.
   *
   * @throws CommandError value is not an integer or out of range
   */
  public long integer(int at) {
    return integer(at, Errors.NOT_AN_INTEGER);
  }

  /**
   * An argument as an integer.
   *
   * @throws CommandError {@code otherwise}, if the argument is no 64-bit integer
   */
  public long integer(int at, CommandError otherwise) {
    long value = Numbers.parseLong(args[at]);
    if (value == Numbers.NONE && !Numbers.isLong(args[at])) {
      throw otherwise;
    }
    return value;
  }

  /**
   * An integer within bounds.
   *
   * @throws CommandError {@code otherwise}
   */
  public long integer(int at, long min, long max, CommandError otherwise) {
    long value = integer(at, otherwise);
    if (value < min || value > max) {
      throw otherwise;
    }
    return value;
  }

  /**
   * An argument as a double.
   *
   * @throws CommandError value is not a valid float
   */
  public double number(int at) {
    double value = Numbers.parseDouble(args[at]);
    if (Double.isNaN(value)) {
      throw Errors.NOT_A_FLOAT;
    }
    return value;
  }

  /** The value under a key for a command that reads: counts as a hit or a miss. */
  public @Nullable Value read(byte[] key) {
    Value value = db().get(key);
    engine.stats().looked(value != null);
    return value;
  }

  /**
   * As {@link #read(byte[])}, of one type.
   *
   * @throws CommandError WRONGTYPE
   */
  public <V extends Value> @Nullable V read(byte[] key, Class<V> type) {
    return cast(read(key), type);
  }

  /**
   * The value under a key, for a command that changes it.
   *
   * @throws CommandError WRONGTYPE
   */
  public <V extends Value> @Nullable V get(byte[] key, Class<V> type) {
    return cast(db().get(key), type);
  }

  private static <V extends Value> @Nullable V cast(@Nullable Value value, Class<V> type) {
    if (value != null && value.getClass() != type) {
      throw Errors.WRONG_TYPE;
    }
    return type.cast(value);
  }

  /** A key was changed: transactions that watch it fail, and the command is replicated. */
  public void changed(byte[] key) {
    changes++;
    db().touch(key);
  }

  /** As {@link #changed(byte[])} for a key of another database. */
  public void changed(Database database, byte[] key) {
    changes++;
    database.touch(key);
  }

  /** Something was changed that is no key (FLUSHALL of an empty database): it is replicated. */
  public void changed() {
    changes++;
  }

  /**
   * SREM, ZREM, HDEL: takes each element given behind the key out of the collection under it, and
   * replies how many were there.
   *
   * @param remove takes one out; whether it was there
   */
  <V extends Value> void removeEach(Class<V> type, BiPredicate<V, byte[]> remove) {
    V value = get(arg(1), type);
    int removed = 0;
    if (value != null) {
      for (int at = 2; at < count(); at++) {
        if (remove.test(value, arg(at))) {
          removed++;
        }
      }
    }
    if (value != null && removed > 0) {
      changedMaybeEmpty(arg(1), value);
    }
    out().integer(removed);
  }

  /**
   * SINTERSTORE, ZUNIONSTORE and their kin: puts a result under a key, or deletes the key if it is
   * empty; replies with the size.
   */
  void store(byte[] target, Value result, int size) {
    out().integer(size);
    if (size > 0) {
      db().put(target, result);
      changed(target);
    } else if (db().remove(target)) {
      changed(target);
    }
  }

  /**
   * After a write: deletes the key if its collection has become empty, and reports the change.
   *
   * @return whether it was deleted
   */
  public boolean changedMaybeEmpty(byte[] key, Value value) {
    boolean gone = value.isEmpty();
    if (gone) {
      db().remove(key);
    }
    changed(key);
    return gone;
  }

  /** Replicates this instead of the command as it came; several calls, several effects. */
  public void propagate(byte[]... command) {
    propagate(client.database(), command);
  }

  /** As {@link #propagate(byte[]...)}, for another database. */
  public void propagate(int database, byte[]... command) {
    substituted = true;
    engine.effects().add(database, command);
  }

  /** Nothing is replicated, whatever was changed. */
  public void propagateNothing() {
    substituted = true;
  }

  /** Within EXEC. */
  public boolean isInTransaction() {
    return inTransaction;
  }

  /** Whether the client may wait; within EXEC or the master's stream a command answers at once. */
  public boolean mayBlock() {
    return !inTransaction && client.kind() != Client.Kind.MASTER;
  }

  /**
   * Makes the client wait; the handler returns without a reply.
   *
   * @param keys to wait for, in the client's database
   * @param deadlineMillis wall-clock milliseconds, 0 for never
   */
  public void block(List<byte[]> keys, long deadlineMillis, BlockedOperation operation) {
    engine.blocked().block(this, keys, deadlineMillis, operation);
  }

  /** The blocked command comes to life again. */
  void again() {
    out = null;
    changes = 0;
    substituted = false;
    error = null;
  }

  void fail(CommandError failure) {
    error = failure;
    out().error(failure.text());
    engine.stats().failed(failure.text());
  }

  @Nullable CommandError error() {
    return error;
  }

  int changes() {
    return changes;
  }

  boolean propagatesItself() {
    return changes > 0 && !substituted;
  }
}
