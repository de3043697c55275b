package holdfast.backend.replication;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The link of a replica to its master, as steps: what happened goes in, what to do comes out.
 *
 * <pre>
 *  Fenced ──┐                      ┌──────────── lost, timed out, refused ───────────┐
 *           ▼ Follow               ▼                                                 │
 *  Off ──▶ Waiting ──Tick──▶ Connecting ──▶ Greeting ──▶ Asking ──▶ Transferring ──▶ Loading
 *   ▲                                                      │ +CONTINUE                │
 *   └── StopFollowing, from everywhere                     └────────▶ Following ◀─────┘
 * </pre>
 *
 * Invariants: in {@code Off} and {@code Fenced} no connection is open; data and history change only
 * by {@link Effect.Load} (as a whole, after all of a snapshot has come and been read) and by the
 * stream while {@code Following}, so a link that breaks at any point leaves what was there before.
 * A pause before a new attempt grows from 50 ms to a second. Source: Redis {@code syncWithMaster}.
 */
public final class MasterLink {
  private static final long MILLI = 1_000_000L;
  private static final long PAUSE_MIN_NANOS = 50 * MILLI;
  private static final long PAUSE_MAX_NANOS = 1000 * MILLI;
  private static final long ACKNOWLEDGE_NANOS = 1000 * MILLI;

  /** What a node shows as its master that has none: nothing listens there. */
  public static final MasterAddress NOBODY = new MasterAddress("127.0.0.1", 1);

  /**
   * What does not change during a link's life.
   *
   * @param timeoutNanos silence after which a link is given up (repl-timeout)
   * @param listeningPort told to the master, which shows it in INFO
   * @param announcedAddress told to the master if set, where it cannot see our real one
   * @param hasPassword whether the master wants AUTH (masterauth)
   * @param histories replication ids, in lower case, by which a snapshot may replace all data;
   *     empty for any. Told by the leader of an epoch: a master of any other history came back with
   *     less than what was acknowledged
   */
  public record Config(
      long timeoutNanos,
      int listeningPort,
      @Nullable String announcedAddress,
      boolean hasPassword,
      Set<String> histories) {
    /** Copies the set. */
    public Config {
      histories = Set.copyOf(histories);
    }

    boolean mayReplaceData(String id) {
      return histories.isEmpty() || histories.contains(id.toLowerCase(Locale.ROOT));
    }
  }

  /** Where the link stands. */
  public sealed interface State {
    /** Follows nobody: this node is a master. */
    record Off() implements State {}

    /** A replica without a master, and does not look for one: how a process starts. */
    record Fenced(MasterAddress master) implements State {}

    /** Between two attempts. */
    record Waiting(MasterAddress master, long untilNanos, int failures) implements State {}

    /** TCP is being set up. */
    record Connecting(MasterAddress master, long sinceNanos, int failures) implements State {}

    /** Replies to these questions are still to come, in this order. */
    record Greeting(MasterAddress master, List<Question> expected, int failures) implements State {}

    /** PSYNC is sent. */
    record Asking(MasterAddress master, int failures) implements State {}

    /** The snapshot is coming. */
    record Transferring(MasterAddress master, String id, long offset) implements State {}

    /** The snapshot has come and is being read. */
    record Loading(MasterAddress master, String id, long offset) implements State {}

    /** The stream flows. */
    record Following(MasterAddress master, long nextAckNanos) implements State {}
  }

  /** What a reply answers, during the greeting. */
  public enum Question {
    /** PING: alone, since a master that wants AUTH refuses it. */
    PING,
    /** AUTH. */
    AUTH,
    /** REPLCONF: an old or a foreign master may refuse it, which does no harm. */
    REPLCONF
  }

  /** What happened. */
  public sealed interface Event {
    /** REPLICAOF host port. */
    record Follow(MasterAddress master) implements Event {}

    /** REPLICAOF NO ONE. */
    record StopFollowing() implements Event {}

    /** A leader asks where this node stands: until it says more nobody is followed. */
    record Cut() implements Event {}

    /** The connection is there. */
    record Connected() implements Event {}

    /** The connection could not be made, or is gone. */
    record Lost(String why) implements Event {}

    /** A line came, without its line break; never empty. */
    record Line(String text) implements Event {}

    /** All of the snapshot is here. */
    record Received() implements Event {}

    /** The snapshot has been read and is the data now. */
    record Loaded() implements Event {}

    /** The snapshot could not be read; the data is what it was. */
    record LoadFailed(String why) implements Event {}

    /**
     * Time passes; some ten times a second.
     *
     * @param lastReceivedNanos when the link last brought anything
     */
    record Tick(long lastReceivedNanos) implements Event {}
  }

  /** What to do, in order. */
  public sealed interface Effect {
    /** Open a connection; {@link Event.Connected} or {@link Event.Lost} follows. */
    record Open(MasterAddress master) implements Effect {}

    /** Close the connection, say why; no event follows. */
    record Close(String why) implements Effect {}

    /** Send a command. */
    record Send(List<String> arguments) implements Effect {}

    /** Send AUTH: the password stays outside. */
    record SendAuth() implements Effect {}

    /** Send PSYNC with what the history asks for. */
    record SendPsync() implements Effect {}

    /** Take what comes as a snapshot; {@link Event.Received} follows. */
    record Receive() implements Effect {}

    /** Read the snapshot, replace all data and the history by it. */
    record Load(String id, long offset) implements Effect {}

    /** Take what comes as the stream, from where the history is; {@code id} is the master's. */
    record Resume(String id) implements Effect {}

    /** Take what comes as the stream, after a snapshot. */
    record Stream() implements Effect {}

    /** Tell the master our offset. */
    record Acknowledge() implements Effect {}

    /** Count a master whose snapshot was not taken. */
    record ForeignHistory(String id) implements Effect {}

    /** Tell the operator. */
    record Say(String text) implements Effect {}
  }

  /** The state after a step, and what to do. */
  public record Step(State state, List<Effect> effects) {}

  private MasterLink() {}

  /** One step; {@code nowNanos} is monotonic. */
  public static Step step(Config config, State state, long nowNanos, Event event) {
    return switch (event) {
      case Event.Follow(var master) -> follow(state, nowNanos, master);
      case Event.StopFollowing() -> stop(state);
      case Event.Cut() -> cut(state);
      case Event.Tick(long received) -> tick(config, state, nowNanos, received);
      case Event.Connected() -> connected(state);
      case Event.Lost(String why) -> lost(state, nowNanos, why, false);
      case Event.Line(String text) -> line(config, state, nowNanos, text);
      case Event.Received() ->
          state instanceof State.Transferring(var master, String id, long offset)
              ? new Step(
                  new State.Loading(master, id, offset), List.of(new Effect.Load(id, offset)))
              : same(state);
      case Event.Loaded() ->
          state instanceof State.Loading(var master, _, _)
              ? new Step(
                  new State.Following(master, nowNanos + ACKNOWLEDGE_NANOS),
                  // A diskless master sends the stream only after it heard from us.
                  List.of(new Effect.Stream(), new Effect.Acknowledge()))
              : same(state);
      case Event.LoadFailed(String why) ->
          lost(state, nowNanos, "cannot load the master's snapshot: " + why, true);
    };
  }

  /** Whom this state follows; null for {@code Off}. */
  public static @Nullable MasterAddress master(State state) {
    return switch (state) {
      case State.Off() -> null;
      case State.Fenced(var master) -> master;
      case State.Waiting(var master, _, _) -> master;
      case State.Connecting(var master, _, _) -> master;
      case State.Greeting(var master, _, _) -> master;
      case State.Asking(var master, _) -> master;
      case State.Transferring(var master, _, _) -> master;
      case State.Loading(var master, _, _) -> master;
      case State.Following(var master, _) -> master;
    };
  }

  private static boolean open(State state) {
    return switch (state) {
      case State.Off(), State.Fenced _, State.Waiting _ -> false;
      case State.Connecting _,
          State.Greeting _,
          State.Asking _,
          State.Transferring _,
          State.Loading _,
          State.Following _ ->
          true;
    };
  }

  private static Step same(State state) {
    return new Step(state, List.of());
  }

  private static Step follow(State state, long nowNanos, MasterAddress master) {
    // Not opened here: a transaction may take the order back in the same breath.
    var next = new State.Waiting(master, nowNanos, 0);
    return new Step(
        next, open(state) ? List.of(new Effect.Close("told to follow " + master)) : List.of());
  }

  private static Step stop(State state) {
    return new Step(
        new State.Off(),
        open(state) ? List.of(new Effect.Close("told to follow nobody")) : List.of());
  }

  private static Step cut(State state) {
    if (state instanceof State.Off) {
      return same(state);
    }
    return new Step(
        new State.Fenced(NOBODY),
        open(state)
            ? List.of(new Effect.Close("a leader asks where this node stands"))
            : List.of());
  }

  private static Step connected(State state) {
    if (!(state instanceof State.Connecting(var master, _, int failures))) {
      return same(state);
    }
    return new Step(
        new State.Greeting(master, List.of(Question.PING), failures),
        List.of(new Effect.Send(List.of("PING"))));
  }

  private static int failures(State state) {
    return switch (state) {
      case State.Waiting(_, _, int failures) -> failures;
      case State.Connecting(_, _, int failures) -> failures;
      case State.Greeting(_, _, int failures) -> failures;
      case State.Asking(_, int failures) -> failures;
      // It got somewhere: the next attempt comes soon.
      case State.Off(), State.Fenced _, State.Transferring _, State.Loading _, State.Following _ ->
          0;
    };
  }

  /**
   * @param slowly whether trying again at once would do harm: a whole snapshot was for nothing
   */
  private static Step lost(State state, long nowNanos, String why, boolean slowly) {
    var master = master(state);
    if (master == null || !open(state)) {
      return same(state);
    }
    int failures = failures(state);
    long pause =
        slowly
            ? PAUSE_MAX_NANOS
            : Math.min(PAUSE_MAX_NANOS, PAUSE_MIN_NANOS << Math.min(failures, 8));
    var effects = new ArrayList<Effect>();
    effects.add(new Effect.Close(why));
    // Said once for each time a master goes, not for each attempt.
    if (failures == 0 || slowly) {
      effects.add(new Effect.Say("link to master " + master + ": " + why));
    }
    return new Step(new State.Waiting(master, nowNanos + pause, failures + 1), effects);
  }

  private static Step tick(Config config, State state, long nowNanos, long lastReceivedNanos) {
    return switch (state) {
      case State.Off(), State.Fenced _ -> same(state);
      case State.Waiting(var master, long until, int failures) ->
          nowNanos - until >= 0
              ? new Step(
                  new State.Connecting(master, nowNanos, failures),
                  List.of(new Effect.Open(master)))
              : same(state);
      case State.Connecting(_, long since, _) ->
          nowNanos - since >= config.timeoutNanos()
              ? lost(state, nowNanos, "no connection in time", false)
              : same(state);
      // Reading a snapshot is our own work, during which nothing is expected to come.
      case State.Loading _ -> same(state);
      case State.Greeting _, State.Asking _, State.Transferring _, State.Following _ -> {
        if (nowNanos - lastReceivedNanos >= config.timeoutNanos()) {
          yield lost(state, nowNanos, "silent for " + config.timeoutNanos() / MILLI + " ms", false);
        }
        if (state instanceof State.Following(var master, long nextAck) && nowNanos - nextAck >= 0) {
          yield new Step(
              new State.Following(master, nowNanos + ACKNOWLEDGE_NANOS),
              List.of(new Effect.Acknowledge()));
        }
        yield same(state);
      }
    };
  }

  private static Step line(Config config, State state, long nowNanos, String text) {
    return switch (state) {
      case State.Greeting greeting -> greeted(config, greeting, nowNanos, text);
      case State.Asking asking -> answered(config, asking, nowNanos, text);
      case State.Off(),
          State.Fenced _,
          State.Waiting _,
          State.Connecting _,
          State.Transferring _,
          State.Loading _,
          State.Following _ ->
          lost(state, nowNanos, "unexpected line \"" + shown(text) + "\"", false);
    };
  }

  private static Step greeted(Config config, State.Greeting state, long nowNanos, String text) {
    var expected = state.expected();
    Question question = expected.getFirst();
    boolean error = text.startsWith("-");
    // Refusing PING for want of a password is an answer: it is alive.
    boolean harmless =
        switch (question) {
          case PING ->
              text.startsWith("-NOAUTH")
                  || text.startsWith("-NOPERM")
                  || text.startsWith("-ERR operation not permitted");
          case AUTH -> false;
          case REPLCONF -> true;
        };
    if (error && !harmless) {
      return lost(state, nowNanos, "master answers " + question + ": " + shown(text), false);
    }
    if (question == Question.PING) {
      return introduce(config, state);
    }
    if (expected.size() > 1) {
      var rest = List.copyOf(expected.subList(1, expected.size()));
      return same(new State.Greeting(state.master(), rest, state.failures()));
    }
    return new Step(
        new State.Asking(state.master(), state.failures()), List.of(new Effect.SendPsync()));
  }

  private static Step introduce(Config config, State.Greeting state) {
    var questions = new ArrayList<Question>();
    var effects = new ArrayList<Effect>();
    if (config.hasPassword()) {
      questions.add(Question.AUTH);
      effects.add(new Effect.SendAuth());
    }
    questions.add(Question.REPLCONF);
    effects.add(
        new Effect.Send(
            List.of("REPLCONF", "listening-port", Integer.toString(config.listeningPort()))));
    String announced = config.announcedAddress();
    if (announced != null) {
      questions.add(Question.REPLCONF);
      effects.add(new Effect.Send(List.of("REPLCONF", "ip-address", announced)));
    }
    questions.add(Question.REPLCONF);
    effects.add(new Effect.Send(List.of("REPLCONF", "capa", "eof", "capa", "psync2")));
    return new Step(
        new State.Greeting(state.master(), List.copyOf(questions), state.failures()), effects);
  }

  /** All data stays as it is: better a replica that lags than one that forgot. */
  private static Step foreign(State.Asking state, long nowNanos, String id) {
    Step lost =
        lost(
            state,
            nowNanos,
            "refused its snapshot: its history "
                + id
                + " is none that the record of the epoch names",
            true);
    var effects = new ArrayList<>(lost.effects());
    effects.add(new Effect.ForeignHistory(id));
    return new Step(lost.state(), effects);
  }

  private static Step answered(Config config, State.Asking state, long nowNanos, String text) {
    String[] words = text.split(" ", -1);
    switch (words[0]) {
      case "+FULLRESYNC" -> {
        if (words.length == 3 && ReplicationHistory.isId(words[1]) && isOffset(words[2])) {
          if (!config.mayReplaceData(words[1])) {
            return foreign(state, nowNanos, words[1]);
          }
          return new Step(
              new State.Transferring(state.master(), words[1], Long.parseLong(words[2])),
              List.of(new Effect.Receive()));
        }
      }
      case "+CONTINUE" -> {
        // Before PSYNC2 a master did not repeat its id.
        String id = words.length > 1 ? words[1] : "";
        if (id.isEmpty() || ReplicationHistory.isId(id)) {
          return new Step(
              new State.Following(state.master(), nowNanos + ACKNOWLEDGE_NANOS),
              List.of(new Effect.Resume(id), new Effect.Acknowledge()));
        }
      }
      default -> {
        // -NOMASTERLINK, -LOADING and the like: not now.
      }
    }
    return lost(state, nowNanos, "master answers PSYNC: " + shown(text), false);
  }

  private static boolean isOffset(String text) {
    return text.length() <= 18
        && !text.isEmpty()
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static String shown(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
