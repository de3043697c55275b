package holdfast.backend.replication;

import io.github.resilience4j.core.IntervalFunction;
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
 * A pause before a new attempt grows from 50 ms to a second; after a snapshot that was for nothing
 * from one second to ten, since each costs the master a whole one. It is short again once the
 * stream has flowed for a second. Source: Redis {@code syncWithMaster}.
 */
public final class MasterLink {
  private static final long MILLI = 1_000_000L;
  private static final IntervalFunction PAUSE_MILLIS =
      IntervalFunction.ofExponentialBackoff(50, 2.0, 1000);
  private static final IntervalFunction SNAPSHOT_PAUSE_MILLIS =
      IntervalFunction.ofExponentialBackoff(1000, 2.0, 10_000);

  private static final long HISTORY_PAUSE_NANOS = 1000 * MILLI;

  /** By then each pause is at its longest; the library counts up to what it is asked for. */
  private static final int ATTEMPT_MAX = 8;

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

  /**
   * What became of the attempts since the stream flowed last.
   *
   * @param failures how many there were
   * @param snapshots in how many of them a whole snapshot was for nothing
   * @param said the cause that the operator was told last; empty for none
   */
  public record Attempts(int failures, int snapshots, String said) {
    static final Attempts NONE = new Attempts(0, 0, "");

    private Attempts andOneMore(Loss loss, String nowSaid) {
      return new Attempts(failures + 1, loss == Loss.SNAPSHOT ? snapshots + 1 : snapshots, nowSaid);
    }

    /** Before the next one. */
    private long pauseNanos(Loss loss) {
      return switch (loss) {
        case LINK -> MILLI * PAUSE_MILLIS.apply(Math.clamp(failures, 1, ATTEMPT_MAX));
        case SNAPSHOT -> MILLI * SNAPSHOT_PAUSE_MILLIS.apply(Math.clamp(snapshots, 1, ATTEMPT_MAX));
        case HISTORY -> HISTORY_PAUSE_NANOS;
      };
    }
  }

  /** What was for nothing when an attempt failed. */
  private enum Loss {
    /** A link: another may be had soon. */
    LINK,
    /** A whole snapshot that could not be kept or read, as the next one may be. */
    SNAPSHOT,
    /** An offer of a history that no order names yet: the next order may. */
    HISTORY
  }

  /** Where the link stands. */
  public sealed interface State {
    /** Follows nobody: this node is a master. */
    record Off() implements State {}

    /** A replica without a master, and does not look for one: how a process starts. */
    record Fenced(MasterAddress master) implements State {}

    /** Between two attempts. */
    record Waiting(MasterAddress master, long untilNanos, Attempts attempts) implements State {}

    /** TCP is being set up. */
    record Connecting(MasterAddress master, long sinceNanos, Attempts attempts) implements State {}

    /** Replies to these questions are still to come, in this order. */
    record Greeting(MasterAddress master, List<Question> expected, Attempts attempts)
        implements State {}

    /** PSYNC is sent. */
    record Asking(MasterAddress master, Attempts attempts) implements State {}

    /** The snapshot is coming. */
    record Transferring(MasterAddress master, String id, long offset, Attempts attempts)
        implements State {}

    /** The snapshot has come and is being read. */
    record Loading(MasterAddress master, String id, long offset, Attempts attempts)
        implements State {}

    /** The stream flows; the attempts before are forgotten when it has for a second. */
    record Following(MasterAddress master, long nextAckNanos, Attempts attempts) implements State {}
  }

  /** What a reply answers, during the greeting. */
  public enum Question {
    /** PING: a master that wants AUTH refuses it, which shows that it is there. */
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

    /**
     * The snapshot could not be kept or read, or the stream not applied; the data is what it was.
     */
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
      case Event.Connected() -> connected(config, state);
      case Event.Lost(String why) -> lost(state, nowNanos, why);
      case Event.Line(String text) -> line(config, state, nowNanos, text);
      case Event.Received() ->
          state instanceof State.Transferring(var master, String id, long offset, var attempts)
              ? new Step(
                  new State.Loading(master, id, offset, attempts),
                  List.of(new Effect.Load(id, offset)))
              : same(state);
      case Event.Loaded() ->
          state instanceof State.Loading(var master, _, _, var attempts)
              ? new Step(
                  new State.Following(master, nowNanos + ACKNOWLEDGE_NANOS, attempts),
                  // A diskless master sends the stream only after it heard from us.
                  List.of(new Effect.Stream(), new Effect.Acknowledge()))
              : same(state);
      case Event.LoadFailed(String why) ->
          lost(
              state,
              nowNanos,
              "cannot take the master's data, ours stays as it was: " + why,
              Loss.SNAPSHOT);
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
      case State.Transferring(var master, _, _, _) -> master;
      case State.Loading(var master, _, _, _) -> master;
      case State.Following(var master, _, _) -> master;
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
    var next = new State.Waiting(master, nowNanos, Attempts.NONE);
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

  /**
   * Greets and introduces itself in one go. PSYNC waits for the answers: Redis refuses it on a
   * connection to which it still owes some.
   */
  private static Step connected(Config config, State state) {
    if (!(state instanceof State.Connecting(var master, _, var attempts))) {
      return same(state);
    }
    var questions = new ArrayList<Question>();
    var effects = new ArrayList<Effect>();
    questions.add(Question.PING);
    effects.add(new Effect.Send(List.of("PING")));
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
    return new Step(new State.Greeting(master, List.copyOf(questions), attempts), effects);
  }

  private static Attempts attempts(State state) {
    return switch (state) {
      case State.Off(), State.Fenced _ -> Attempts.NONE;
      case State.Waiting(_, _, var attempts) -> attempts;
      case State.Connecting(_, _, var attempts) -> attempts;
      case State.Greeting(_, _, var attempts) -> attempts;
      case State.Asking(_, var attempts) -> attempts;
      case State.Transferring(_, _, _, var attempts) -> attempts;
      case State.Loading(_, _, _, var attempts) -> attempts;
      case State.Following(_, _, var attempts) -> attempts;
    };
  }

  private static Step lost(State state, long nowNanos, String why) {
    return lost(state, nowNanos, why, Loss.LINK);
  }

  private static Step lost(State state, long nowNanos, String why, Loss loss) {
    var master = master(state);
    if (master == null || !open(state)) {
      return same(state);
    }
    Attempts before = attempts(state);
    var effects = new ArrayList<Effect>();
    effects.add(new Effect.Close(why));
    // Said once for each time a master goes, and for each reason why its data cannot be had; not
    // for each attempt.
    boolean says = before.failures() == 0 || (loss != Loss.LINK && !why.equals(before.said()));
    if (says) {
      effects.add(new Effect.Say("link to master " + master + ": " + why));
    }
    Attempts attempts = before.andOneMore(loss, says ? why : before.said());
    long until = nowNanos + attempts.pauseNanos(loss);
    return new Step(new State.Waiting(master, until, attempts), effects);
  }

  private static Step tick(Config config, State state, long nowNanos, long lastReceivedNanos) {
    return switch (state) {
      case State.Off(), State.Fenced _ -> same(state);
      case State.Waiting(var master, long until, var attempts) ->
          nowNanos - until >= 0
              ? new Step(
                  new State.Connecting(master, nowNanos, attempts),
                  List.of(new Effect.Open(master)))
              : same(state);
      case State.Connecting(_, long since, _) ->
          nowNanos - since >= config.timeoutNanos()
              ? lost(state, nowNanos, "no connection in time")
              : same(state);
      // Reading a snapshot is our own work, during which nothing is expected to come.
      case State.Loading _ -> same(state);
      case State.Greeting _, State.Asking _, State.Transferring _, State.Following _ -> {
        if (nowNanos - lastReceivedNanos >= config.timeoutNanos()) {
          yield lost(state, nowNanos, "silent for " + config.timeoutNanos() / MILLI + " ms");
        }
        if (state instanceof State.Following(var master, long nextAck, _)
            && nowNanos - nextAck >= 0) {
          yield new Step(
              new State.Following(master, nowNanos + ACKNOWLEDGE_NANOS, Attempts.NONE),
              List.of(new Effect.Acknowledge()));
        }
        yield same(state);
      }
    };
  }

  private static Step line(Config config, State state, long nowNanos, String text) {
    return switch (state) {
      case State.Greeting greeting -> greeted(greeting, nowNanos, text);
      case State.Asking asking -> answered(config, asking, nowNanos, text);
      case State.Off(),
          State.Fenced _,
          State.Waiting _,
          State.Connecting _,
          State.Transferring _,
          State.Loading _,
          State.Following _ ->
          lost(state, nowNanos, "unexpected line \"" + shown(text) + "\"");
    };
  }

  private static Step greeted(State.Greeting state, long nowNanos, String text) {
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
      return lost(state, nowNanos, "master answers " + question + ": " + shown(text));
    }
    if (expected.size() > 1) {
      var rest = List.copyOf(expected.subList(1, expected.size()));
      return same(new State.Greeting(state.master(), rest, state.attempts()));
    }
    return new Step(
        new State.Asking(state.master(), state.attempts()), List.of(new Effect.SendPsync()));
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
            Loss.HISTORY);
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
              new State.Transferring(
                  state.master(), words[1], Long.parseLong(words[2]), state.attempts()),
              List.of(new Effect.Receive()));
        }
      }
      case "+CONTINUE" -> {
        // Before PSYNC2 a master did not repeat its id.
        String id = words.length > 1 ? words[1] : "";
        if (id.isEmpty() || ReplicationHistory.isId(id)) {
          return new Step(
              new State.Following(state.master(), nowNanos + ACKNOWLEDGE_NANOS, state.attempts()),
              List.of(new Effect.Resume(id), new Effect.Acknowledge()));
        }
      }
      default -> {
        // -NOMASTERLINK, -LOADING and the like: not now.
      }
    }
    return lost(state, nowNanos, "master answers PSYNC: " + shown(text));
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
