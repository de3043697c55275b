package holdfast.backend.link;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseView;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.RunId;
import holdfast.backend.testing.FakeVoter;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaseKeeperIT {
  private final Ticker ticker = BootTicker.system();
  private final List<LeaseView> views = new CopyOnWriteArrayList<>();
  private final List<FakeVoter> voters = new ArrayList<>();
  private EventLoops loops;
  private LeaseKeeper keeper;

  @BeforeEach
  void startThreeVoters() {
    loops = EventLoops.start("lease-keeper-it", 1);
    for (int i = 0; i < 3; i++) {
      voters.add(new FakeVoter(loops));
    }
  }

  @AfterEach
  void stop() {
    keeper.close();
    voters.forEach(FakeVoter::close);
    loops.close();
  }

  /** Starts a keeper that has been told of the first voter only. */
  private void keep() {
    keep(new LeaseHolder(new NodeId("proxy-1")));
  }

  private void keep(LeaseHolder holder) {
    keeper =
        new LeaseKeeper(
            loops,
            loops.loop(0),
            holder,
            List.of(voters.getFirst().address()),
            LinkSettings.to(new InetSocketAddress(0)),
            ticker,
            new Random(1),
            views::add);
    keeper.start();
  }

  private AcceptedRecord record(long epoch) {
    var entries = new ArrayList<AcceptedRecord.VoterEntry>();
    for (int i = 0; i < voters.size(); i++) {
      entries.add(
          new AcceptedRecord.VoterEntry(
              new NodeId("voter-" + i), "a".repeat(40), voters.get(i).address()));
    }
    var master = new NodeAddress("127.0.0.1", (int) (7000 + epoch));
    return new AcceptedRecord(
        epoch,
        epoch - 1,
        master,
        new RunId(Long.toString(epoch).repeat(40)),
        100 * epoch,
        List.of(new ReplicationId(Long.toString(epoch).repeat(40))),
        entries,
        List.of(new AcceptedRecord.BackendEntry(master, 100)),
        List.of(),
        0,
        400_000_000,
        200_000_000);
  }

  private boolean holds(long epoch) {
    return keeper.view().holds(epoch, ticker.nowNanos());
  }

  @Test
  void findsTheVotersByTheRecordAndHoldsTheLeaseOfAMajority() {
    voters.get(2).granting(false);
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    assertEquals(record(1), keeper.view().record());
  }

  @Test
  void saysWhichRecordAVoterHasShown() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> voters.stream().anyMatch(v -> v.hasShown(record(1))));
    voters.forEach(v -> v.accept(record(2)));
    await().until(() -> voters.stream().anyMatch(v -> v.hasShown(record(2))));
  }

  @Test
  void aMinorityIsNoLease() {
    voters.get(1).granting(false);
    voters.get(2).granting(false);
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> keeper.view().epoch() == 1);
    await().during(java.time.Duration.ofMillis(400)).until(() -> !holds(1));
  }

  @Test
  void theLeaseRunsOutWhenTheVotersStopGranting() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    voters.forEach(v -> v.granting(false));
    await().until(() -> !holds(1));
    voters.forEach(v -> v.granting(true));
    await().until(() -> holds(1));
  }

  @Test
  void aVoteInALaterEpochEndsItBeforeTheVotersAreTold() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    voters.get(1).vote(2);
    await().until(() -> voters.stream().allMatch(v -> v.givenUpBelow.contains(2L)));
    assertFalse(holds(1), "told the voters while still acknowledging");
    // Final for this process, whoever still grants it.
    await().during(java.time.Duration.ofMillis(300)).until(() -> !holds(1));
  }

  @Test
  void theNextEpochsLeaseFollowsItsRecord() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    voters.forEach(v -> v.vote(2));
    voters.forEach(v -> v.accept(record(2)));
    await().until(() -> holds(2));
    assertFalse(holds(1));
  }

  @Test
  void oneVoterDownChangesNothing() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    voters.get(2).close();
    await().during(java.time.Duration.ofMillis(800)).until(() -> holds(1));
  }

  @Test
  void aStopGivesTheLeaseUpAndSaysSo() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    keeper.close();
    assertFalse(holds(1));
    assertTrue(voters.stream().allMatch(v -> v.givenUpBelow.contains(2L)));
  }

  @Test
  void aPlannedVoteIsShownAsADrainAndTheVotersAreToldWhenItIsOver() {
    voters.forEach(v -> v.accept(record(1)));
    keep(LeaseHolder.draining(new NodeId("proxy-1")));
    await().until(() -> holds(1));
    voters.get(1).votePlanned(2);
    await().until(() -> keeper.view().draining());
    assertTrue(holds(1), "what is under way is still acknowledged");
    assertTrue(voters.stream().noneMatch(v -> v.givenUpBelow.contains(2L)));
    keeper.drained(1);
    await().until(() -> voters.stream().allMatch(v -> v.givenUpBelow.contains(2L)));
    assertFalse(holds(1), "told the voters while still acknowledging");
  }

  @Test
  void aDrainThatNobodyEndsIsEndedByTheLease() {
    voters.forEach(v -> v.accept(record(1)));
    keep(LeaseHolder.draining(new NodeId("proxy-1")));
    await().until(() -> holds(1));
    voters.get(1).votePlanned(2); // the two others go on granting, in vain
    await().until(() -> voters.stream().allMatch(v -> v.givenUpBelow.contains(2L)));
    assertFalse(holds(1));
  }

  @Test
  void hintsReachEveryVoterOnceHoweverOftenTheyAreGiven() {
    voters.forEach(v -> v.accept(record(1)));
    keep();
    await().until(() -> holds(1));
    NodeAddress amiss = new NodeAddress("127.0.0.1", 7001);
    for (int i = 0; i < 1_000; i++) {
      keeper.hint(amiss);
    }
    await().until(() -> voters.stream().allMatch(v -> v.hints.contains(amiss)));
    assertTrue(voters.stream().allMatch(v -> v.hints.size() < 100));
  }
}
