package holdfast.backend.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.replication.MasterLink.Config;
import holdfast.backend.replication.MasterLink.Effect;
import holdfast.backend.replication.MasterLink.Event;
import holdfast.backend.replication.MasterLink.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MasterLinkTest {
  private static final MasterAddress MASTER = new MasterAddress("10.0.0.1", 6379);
  private static final MasterAddress OTHER = new MasterAddress("10.0.0.2", 6379);
  private static final String ID = "a".repeat(40);
  private static final long SECOND = 1_000_000_000L;

  private Config config = new Config(60 * SECOND, 7000, null, false, Set.of());
  private State state = new State.Off();
  private long now = 5 * SECOND;
  private long lastReceived = now;
  private final List<Effect> effects = new ArrayList<>();

  private List<Effect> on(Event event) {
    var step = MasterLink.step(config, state, now, event);
    state = step.state();
    effects.addAll(step.effects());
    return step.effects();
  }

  private List<Effect> tick() {
    return on(new Event.Tick(lastReceived));
  }

  private List<Effect> line(String text) {
    lastReceived = now;
    return on(new Event.Line(text));
  }

  private List<Effect> connect() {
    on(new Event.Follow(MASTER));
    assertEquals(List.of(new Effect.Open(MASTER)), tick());
    return on(new Event.Connected());
  }

  private void ask() {
    assertEquals(
        List.of(
            new Effect.Send(List.of("PING")),
            new Effect.Send(List.of("REPLCONF", "listening-port", "7000")),
            new Effect.Send(List.of("REPLCONF", "capa", "eof", "capa", "psync2"))),
        connect());
    assertEquals(List.of(), line("+PONG"));
    assertEquals(List.of(), line("+OK"));
    assertEquals(List.of(new Effect.SendPsync()), line("+OK"));
  }

  @Test
  void loadsASnapshotAndFollows() {
    ask();
    assertEquals(List.of(new Effect.Receive()), line("+FULLRESYNC " + ID + " 77"));
    assertEquals(List.of(new Effect.Load(ID, 77)), on(new Event.Received()));
    assertEquals(List.of(new Effect.Stream(), new Effect.Acknowledge()), on(new Event.Loaded()));
    assertInstanceOf(State.Following.class, state);
  }

  @Test
  void continuesWhereItWasUnderTheMastersId() {
    ask();
    assertEquals(List.of(new Effect.Resume(ID), new Effect.Acknowledge()), line("+CONTINUE " + ID));
    assertInstanceOf(State.Following.class, state);
  }

  @Test
  void followsAnOldMasterThatDoesNotRepeatItsId() {
    ask();
    assertEquals(new Effect.Resume(""), line("+CONTINUE").getFirst());
  }

  @Test
  void acknowledgesEachSecond() {
    continuesWhereItWasUnderTheMastersId();
    now += SECOND - 1;
    assertEquals(List.of(), tick());
    now += 1;
    assertEquals(List.of(new Effect.Acknowledge()), tick());
    assertEquals(List.of(), tick());
  }

  @Test
  void saysPasswordAndAddressWhereThereAreSome() {
    config = new Config(60 * SECOND, 7000, "192.0.2.1", true, Set.of());
    assertEquals(
        List.of(
            new Effect.Send(List.of("PING")),
            new Effect.SendAuth(),
            new Effect.Send(List.of("REPLCONF", "listening-port", "7000")),
            new Effect.Send(List.of("REPLCONF", "ip-address", "192.0.2.1")),
            new Effect.Send(List.of("REPLCONF", "capa", "eof", "capa", "psync2"))),
        connect());
    line("-NOAUTH Authentication required.");
    line("+OK");
    line("+OK");
    line("-ERR Unrecognized REPLCONF option: ip-address");
    assertEquals(List.of(new Effect.SendPsync()), line("+OK"));
  }

  @Test
  void aWrongPasswordEndsTheAttempt() {
    config = new Config(60 * SECOND, 7000, null, true, Set.of());
    connect();
    line("+PONG");
    line("-WRONGPASS invalid username-password pair or user is disabled.");
    assertInstanceOf(State.Waiting.class, state);
  }

  @Test
  void triesAgainWhenTheMasterHasNothingToGiveYet() {
    for (String answer :
        List.of(
            "-NOMASTERLINK Can't SYNC while not connected with my master",
            "-LOADING Redis is loading the dataset in memory",
            "+FULLRESYNC nonsense 3",
            "+FULLRESYNC " + ID + " 99999999999999999999",
            "+FULLRESYNC " + ID + " -1",
            "+CONTINUE nonsense",
            "-ERR unknown command 'PSYNC'")) {
      state = new State.Off();
      ask();
      var close = line(answer);
      assertInstanceOf(Effect.Close.class, close.getFirst(), answer);
      assertInstanceOf(State.Waiting.class, state, answer);
    }
  }

  @Test
  void waitsLongerAfterEachFailureUpToASecondAndSaysSoOnce() {
    on(new Event.Follow(MASTER));
    long said = 0;
    long before = 0;
    for (int attempt = 0; attempt < 10; attempt++) {
      tick();
      on(new Event.Lost("refused"));
      long pause = ((State.Waiting) state).untilNanos() - now;
      assertTrue(pause >= before && pause <= SECOND, "pause " + pause);
      before = pause;
      now += pause - 1;
      assertEquals(List.of(), tick());
      now += 1;
    }
    said = effects.stream().filter(e -> e instanceof Effect.Say).count();
    assertEquals(1, said);
    assertEquals(SECOND, before);
  }

  @Test
  void givesUpAMasterThatIsSilent() {
    continuesWhereItWasUnderTheMastersId();
    now += 60 * SECOND - 1;
    tick();
    assertInstanceOf(State.Following.class, state);
    now += 1;
    tick();
    assertInstanceOf(State.Waiting.class, state);
  }

  @Test
  void doesNotCallItSilenceWhileItReadsASnapshotItself() {
    ask();
    line("+FULLRESYNC " + ID + " 77");
    on(new Event.Received());
    now += 1000 * SECOND;
    assertEquals(List.of(), tick());
    assertInstanceOf(State.Loading.class, state);
  }

  @Test
  void aSnapshotThatCannotBeReadIsNotAskedForAgainAtOnce() {
    ask();
    line("+FULLRESYNC " + ID + " 77");
    on(new Event.Received());
    on(new Event.LoadFailed("a stream"));
    assertEquals(now + SECOND, ((State.Waiting) state).untilNanos());
  }

  /** The next attempt, up to where the master grants a snapshot; how long it was waited for. */
  private long askAgainInSeconds() {
    long pause = ((State.Waiting) state).untilNanos() - now;
    now += pause;
    lastReceived = now;
    assertEquals(List.of(new Effect.Open(MASTER)), tick());
    on(new Event.Connected());
    line("+PONG");
    line("+OK");
    line("+OK");
    line("+FULLRESYNC " + ID + " 77");
    return pause / SECOND;
  }

  private long said() {
    return effects.stream().filter(e -> e instanceof Effect.Say).count();
  }

  @Test
  void aSnapshotThatCannotBeKeptIsAskedForLessAndLessOftenAndSaidOnceForEachCause() {
    ask();
    line("+FULLRESYNC " + ID + " 77");
    for (int pause : new int[] {1, 2, 4, 8, 10, 10, 10}) {
      on(new Event.LoadFailed("No space left on device"));
      assertEquals(pause, askAgainInSeconds());
    }
    assertEquals(1, said());
    on(new Event.Received());
    on(new Event.LoadFailed("a stream"));
    assertEquals(2, said());
    assertEquals(10, askAgainInSeconds());
    // Once it has followed for a while, all is forgotten.
    on(new Event.Received());
    on(new Event.Loaded());
    now += SECOND;
    tick();
    on(new Event.Lost("gone"));
    assertEquals(3, said());
    askAgainInSeconds();
    on(new Event.LoadFailed("a stream"));
    assertEquals(4, said());
    assertEquals(1, askAgainInSeconds());
  }

  @Test
  void aLinkThatBreaksInEachSnapshotIsTriedLessOftenToo() {
    ask();
    line("+FULLRESYNC " + ID + " 77");
    on(new Event.Lost("reset"));
    assertEquals(SECOND / 20, ((State.Waiting) state).untilNanos() - now);
    for (int i = 0; i < 5; i++) {
      askAgainInSeconds();
      on(new Event.Lost("reset"));
    }
    assertEquals(SECOND, ((State.Waiting) state).untilNanos() - now);
    assertEquals(1, said());
  }

  @Test
  void aForeignHistoryIsAskedAboutEachSecond() {
    config = new Config(60 * SECOND, 7000, null, false, Set.of("b".repeat(40)));
    ask();
    line("+FULLRESYNC " + ID + " 5");
    for (int i = 0; i < 5; i++) {
      assertEquals(1, askAgainInSeconds());
    }
    assertEquals(1, said());
  }

  @Test
  void opensNothingWithinATransactionThatTakesTheOrderBack() {
    assertEquals(List.of(), on(new Event.Follow(new MasterAddress("nobody", 1))));
    assertEquals(List.of(), on(new Event.StopFollowing()));
    assertEquals(List.of(), tick());
    assertNull(MasterLink.master(state));
  }

  @Test
  void closesTheOldLinkBeforeItFollowsAnother() {
    continuesWhereItWasUnderTheMastersId();
    assertInstanceOf(Effect.Close.class, on(new Event.Follow(OTHER)).getFirst());
    assertEquals(List.of(new Effect.Open(OTHER)), tick());
  }

  @Test
  void aFencedNodeLooksForNoMaster() {
    state = new State.Fenced(MASTER);
    now += 100 * SECOND;
    assertEquals(List.of(), tick());
    assertEquals(MASTER, MasterLink.master(state));
    on(new Event.Follow(OTHER));
    assertEquals(List.of(new Effect.Open(OTHER)), tick());
  }

  @Test
  void refusesASnapshotOfAHistoryThatTheEpochDoesNotName() {
    config = new Config(60 * SECOND, 7000, null, false, Set.of("b".repeat(40)));
    ask();
    List<Effect> refused = line("+FULLRESYNC " + ID + " 5");
    assertInstanceOf(Effect.Close.class, refused.getFirst());
    assertTrue(refused.contains(new Effect.ForeignHistory(ID)), refused::toString);
    assertTrue(refused.stream().anyMatch(e -> e instanceof Effect.Say), refused::toString);
    assertInstanceOf(State.Waiting.class, state);
    assertEquals(List.of(), tick());
  }

  @Test
  void takesASnapshotOfANamedHistoryInAnyCase() {
    config = new Config(60 * SECOND, 7000, null, false, Set.of(ID));
    ask();
    assertEquals(List.of(new Effect.Receive()), line("+FULLRESYNC " + "A".repeat(40) + " 5"));
  }

  @Test
  void cutItFollowsNobodyUntilItIsToldAgain() {
    ask();
    line("+CONTINUE " + ID);
    assertInstanceOf(Effect.Close.class, on(new Event.Cut()).getFirst());
    assertEquals(new State.Fenced(MasterLink.NOBODY), state);
    now += 10 * SECOND;
    assertEquals(List.of(), tick());
    on(new Event.Follow(MASTER));
    assertEquals(List.of(new Effect.Open(MASTER)), tick());
    state = new State.Off();
    assertEquals(List.of(), on(new Event.Cut()));
    assertEquals(new State.Off(), state);
  }

  @Test
  void whateverHappensItStaysUsable() {
    var random = new Random(9);
    List<Event> events =
        List.of(
            new Event.Follow(MASTER),
            new Event.Follow(OTHER),
            new Event.StopFollowing(),
            new Event.Cut(),
            new Event.Connected(),
            new Event.Lost("lost"),
            new Event.Line("+PONG"),
            new Event.Line("+OK"),
            new Event.Line("+CONTINUE " + ID),
            new Event.Line("+FULLRESYNC " + ID + " 5"),
            new Event.Line("-ERR x"),
            new Event.Received(),
            new Event.Loaded(),
            new Event.LoadFailed("bad"),
            new Event.Tick(now));
    boolean open = false;
    for (int round = 0; round < 200_000; round++) {
      now += random.nextLong(SECOND);
      for (Effect effect : on(events.get(random.nextInt(events.size())))) {
        switch (effect) {
          case Effect.Open _ -> {
            assertTrue(!open, "opened twice");
            open = true;
          }
          case Effect.Close _ -> {
            assertTrue(open, "closed twice");
            open = false;
          }
          case Effect.Say _ -> {}
          default -> assertTrue(open, "acts on a closed link: " + effect);
        }
      }
      effects.clear();
    }
  }
}
