package holdfast.bench.history;

import holdfast.bench.history.Operation.Action;
import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.ReadAll;
import holdfast.bench.history.Operation.Write;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Histories that are linearizable because they were made so: each operation takes effect at one
 * moment, on one copy of the data, between its invocation and its end; of unknown outcome also
 * later, or never.
 */
final class RandomHistories {
  /** What kind of keys. */
  enum Shape {
    REGISTERS,
    LISTS
  }

  private static final class Draft {
    String client = "";
    String key = "";
    boolean reads;
    String value = "";
    Outcome outcome = Outcome.OK;
    long invoked;
    long effect;
    long completed;
    boolean happens = true;
  }

  private final Random random;
  private final Shape shape;
  private final int clients;
  private final int keys;
  private final double unknown;

  RandomHistories(long seed, Shape shape, int clients, int keys, double unknown) {
    this.random = new Random(seed);
    this.shape = shape;
    this.clients = clients;
    this.keys = keys;
    this.unknown = unknown;
  }

  /** About that many operations, and at the end one read of every key. */
  List<Operation> make(int count) {
    var drafts = new ArrayList<Draft>();
    long last = 0;
    for (int client = 0; client < clients; client++) {
      long now = random.nextInt(50);
      for (int i = 0; i < count / clients; i++) {
        Draft draft = draft("c" + client, now, "v" + client + "." + i);
        drafts.add(draft);
        now = draft.completed + random.nextInt(30);
        last = Math.max(last, Math.max(now, draft.effect));
      }
    }
    for (int key = 0; key < keys; key++) {
      var end = new Draft();
      end.client = "end";
      end.key = "k" + key;
      end.reads = true;
      end.invoked = last + 1;
      end.effect = last + 2;
      end.completed = last + 3;
      drafts.add(end);
    }
    return perform(drafts);
  }

  private Draft draft(String client, long now, String value) {
    var draft = new Draft();
    draft.client = client;
    draft.key = "k" + random.nextInt(keys);
    draft.reads = random.nextInt(3) == 0;
    draft.value = value;
    draft.invoked = now;
    draft.completed = now + 1 + random.nextInt(20);
    draft.effect = now + random.nextInt((int) (draft.completed - now) + 1);
    if (random.nextDouble() < unknown) {
      draft.outcome = random.nextInt(4) == 0 ? Outcome.NEVER : Outcome.UNKNOWN;
      draft.happens = draft.outcome == Outcome.UNKNOWN && random.nextBoolean();
      // Late, as from a socket of a server that was stopped.
      draft.effect += random.nextInt(3) == 0 ? random.nextInt(300) : 0;
    }
    return draft;
  }

  private List<Operation> perform(List<Draft> drafts) {
    drafts.sort(Comparator.comparingLong(draft -> draft.effect));
    Map<String, List<String>> data = new HashMap<>();
    var history = new ArrayList<Operation>();
    for (Draft draft : drafts) {
      List<String> held = data.computeIfAbsent(draft.key, _ -> new ArrayList<>());
      if (!draft.reads && draft.happens) {
        held.add(draft.value);
      }
      history.add(
          new Operation(
              draft.client, action(draft, held), draft.outcome, draft.invoked, draft.completed));
    }
    history.sort(Comparator.comparingLong(Operation::invokedNanos));
    return history;
  }

  private Action action(Draft draft, List<String> held) {
    if (shape == Shape.LISTS) {
      return draft.reads
          ? new ReadAll(draft.key, held)
          : new Append(draft.key, draft.value, draft.outcome == Outcome.OK ? held.size() : -1);
    }
    return draft.reads
        ? new Read(draft.key, held.isEmpty() ? null : held.getLast())
        : new Write(draft.key, draft.value);
  }
}
