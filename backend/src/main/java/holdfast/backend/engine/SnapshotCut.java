package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The data as it was at one moment, handed on bit by bit while commands go on: no copy of the data,
 * and no stop longer than its largest value takes.
 *
 * <p>Each value is handed on either by {@link #step}, which walks through all keys, or just before
 * something can change it: whoever wants to change a value must get it from its {@link Database},
 * and the database hands it on first. Values that came after the moment are marked as handed on.
 * Tables that FLUSHALL or SWAPDB take away from a database are walked through all the same. The
 * execution thread only; one cut at a time.
 */
public final class SnapshotCut {
  /** Takes each key once, in no order. Must not change the value, nor keep it. */
  public interface Visitor {
    void entry(int database, byte[] key, Value value);
  }

  private record Part(int database, ByteTable<Value> table) {}

  private final List<Part> parts = new ArrayList<>();
  private final Visitor visitor;
  private final int mark;
  private int part;
  private long cursor;
  private boolean ended;

  SnapshotCut(List<Database> databases, int mark, Visitor visitor) {
    this.visitor = visitor;
    this.mark = mark;
    for (Database database : databases) {
      if (database.size() > 0) {
        parts.add(new Part(database.index(), database.values()));
      }
    }
  }

  /** Something may change this value, or take it away. */
  void beforeUse(ByteTable<Value> table, byte[] key, Value value) {
    if (!ended && value.mark() != mark) {
      Part in = find(table);
      if (in != null) {
        hand(in, key, value);
      }
    }
  }

  private @Nullable Part find(ByteTable<Value> table) {
    for (Part candidate : parts) {
      if (candidate.table == table) {
        return candidate;
      }
    }
    return null;
  }

  /** This value came after the moment. */
  void added(Value value) {
    value.mark(mark);
  }

  private void hand(Part in, byte[] key, Value value) {
    value.mark(mark);
    visitor.entry(in.database, key, value);
  }

  /**
   * Goes on with one bucket of keys.
   *
   * @return false when all has been handed on, and the cut is over
   */
  public boolean step() {
    if (part == parts.size()) {
      ended = true;
      return false;
    }
    Part current = parts.get(part);
    cursor =
        current.table.scan(
            cursor,
            entry -> {
              if (entry.value().mark() != mark) {
                hand(current, entry.key(), entry.value());
              }
            });
    if (cursor == 0) {
      part++;
    }
    return true;
  }
}
