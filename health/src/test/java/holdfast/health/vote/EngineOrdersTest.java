package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Records;
import holdfast.backend.model.Role;
import holdfast.health.failover.Answer;
import holdfast.health.failover.Attempt;
import holdfast.health.failover.Choice;
import holdfast.health.failover.Planned;
import holdfast.health.failover.Stage;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What voters say to engines: orders, and leases that are shorter than a proxy's. */
class EngineOrdersTest {
  private static final long MS = 1_000_000;
  private static final NodeAddress BACKEND = Records.at(7002);

  private final AcceptedRecord record = Records.of(2, 3);
  private final VoterConfig config = TestVoters.config(1, 3, record.backends());
  private final VoterState state =
      VoterState.start(
          config,
          Durable.blank(new NodeId("v1"), Records.hex(1))
              .accepted(record, EpochChain.empty().with(Records.of(1, 3))),
          0);

  private static NodeInfo engine(long replid, long offset, long epoch) {
    return new NodeInfo(
        Records.run(8),
        Role.MASTER,
        null,
        false,
        false,
        false,
        Records.replid(replid),
        null,
        -1,
        offset,
        -1,
        1,
        100,
        List.of(),
        new NodeInfo.EngineState(epoch, null, true));
  }

  private Attempt attempt(@org.jspecify.annotations.Nullable Planned planned) {
    return new Attempt(
        3,
        record.voters(),
        record,
        EpochChain.empty(),
        List.of(),
        List.of(),
        null,
        null,
        null,
        0,
        "test",
        planned);
  }

  private Stage promoting(NodeInfo info) {
    var choice = new Choice.Promote(new Answer(BACKEND, info), false, 2, -1);
    return new Stage.Promoting(attempt(null), 0, choice, List.of());
  }

  @Test
  void aReplicaIsCutFromItsMasterUnlessAPlannedSwitchWaitsForIt() {
    var planned = Planned.of(BACKEND, record.master(), 1_000 * MS);
    assertEquals(
        List.of("HOLDFAST", "CONSULT", "3", "FOLLOWING"),
        EngineOrders.consult(
            new Stage.Consulting(attempt(planned), 0, 0, List.of(), List.of()), 3));
    assertEquals(
        List.of("HOLDFAST", "CONSULT", "3"),
        EngineOrders.consult(new Stage.Consulting(attempt(null), 0, 0, List.of(), List.of()), 3));
  }

  @Test
  void aPromotionNamesProcessOffsetAndVoters() {
    assertEquals(
        List.of(
            "HOLDFAST",
            "PROMOTE",
            "3",
            Records.hex(8),
            "250",
            "127.0.0.1:26001,127.0.0.1:26002,127.0.0.1:26003"),
        EngineOrders.promote(promoting(engine(2, 250, 2)), BACKEND));
    assertNull(EngineOrders.promote(promoting(engine(2, 250, 2)), Records.at(7003)));
    assertNull(EngineOrders.promote(state.stage(), BACKEND));
  }

  @Test
  void aReplicaIsToldTheHistoriesOfItsEpochWhereItsDataPartsAndTheVoters() {
    assertEquals("-1", String.valueOf(EngineOrders.follow(state, BACKEND).get(6)));
    VoterState informed =
        Voter.step(config, state, 1, new VoterEvent.BackendInformed(BACKEND, engine(1, 250, 1)))
            .state();
    assertEquals(
        List.of(
            "HOLDFAST",
            "FOLLOW",
            "2",
            "127.0.0.1",
            "7001",
            Records.hex(2),
            "200",
            "127.0.0.1:26001,127.0.0.1:26002,127.0.0.1:26003"),
        EngineOrders.follow(informed, BACKEND));
  }

  @Test
  void anEngineThatIsMasterGetsTheShorterLease() {
    assertEquals(500 * MS, granted(state, new LeaseRequest.Lease(holder(), 1, 0, 0)));
    assertEquals(250 * MS, granted(state, new LeaseRequest.Lease(holder(), 1, 0, 0, true)));
    long remaining = asked(state, true).state().grants().remainingNanos(now(state));
    assertTrue(remaining > 250 * MS && remaining < 260 * MS, remaining + " ns");
  }

  private static long now(VoterState state) {
    return state.busyUntilNanos() + 1;
  }

  private static NodeId holder() {
    return new NodeId("holder");
  }

  private Voter.Step asked(VoterState of, boolean engine) {
    var request = new LeaseRequest.Lease(holder(), 1, 0, 0, engine);
    return Voter.step(config, of, now(of), new VoterEvent.HolderAsked(request, 7));
  }

  private long granted(VoterState of, LeaseRequest.Lease request) {
    Voter.Step step = asked(of, request.engine());
    for (VoterEffect effect : step.effects()) {
      if (effect instanceof VoterEffect.Reply reply) {
        return assertInstanceOf(LeaseReply.Granted.class, reply.reply()).leaseNanos();
      }
    }
    throw new AssertionError("no reply: " + step.effects());
  }
}
