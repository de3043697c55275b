package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.ReplicationId;
import holdfast.backend.model.Role;
import holdfast.backend.model.RunId;
import holdfast.proxy.dispatch.Expectation.Verdict;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import holdfast.routing.read.ReplicaSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExpectationTest {
  private static final RunId PROMOTED = new RunId("a".repeat(40));
  private static final RunId ANOTHER = new RunId("b".repeat(40));

  private final Tenure tenure = new Tenure(7);
  private final Expectation expectation =
      new Expectation(
          new View(new NodeAddress("10.0.0.1", 6379), PROMOTED, tenure, ReplicaSet.EMPTY));

  private static NodeInfo info(RunId runId, Role role, NodeInfo.@Nullable EngineState engine) {
    return new NodeInfo(
        runId,
        role,
        role == Role.REPLICA ? new NodeAddress("10.0.0.2", 6379) : null,
        role == Role.REPLICA,
        false,
        false,
        new ReplicationId("c".repeat(40)),
        null,
        -1,
        100,
        role == Role.REPLICA ? 100 : -1,
        1,
        100,
        List.of(),
        engine);
  }

  private static NodeInfo.EngineState engine(boolean mayWrite) {
    return new NodeInfo.EngineState(7, null, mayWrite);
  }

  @Test
  void takesTheProcessThatTheRecordNames() {
    assertEquals(
        new Verdict("", false),
        expectation.judgeMaster(tenure, info(PROMOTED, Role.MASTER, engine(true))));
    assertEquals(
        new Verdict("", false), expectation.judgeMaster(tenure, info(PROMOTED, Role.MASTER, null)));
  }

  @Test
  void asksAnEngineAgainThatIsAboutToHaveItsLease() {
    assertEquals(
        new Verdict("it holds no lease yet", true),
        expectation.judgeMaster(tenure, info(PROMOTED, Role.MASTER, engine(false))));
  }

  @Test
  void asksNobodyElseAgain() {
    assertEquals(
        new Verdict("run id " + ANOTHER + ", the record names " + PROMOTED, false),
        expectation.judgeMaster(tenure, info(ANOTHER, Role.MASTER, engine(false))));
    assertEquals(
        new Verdict("it is a replica", false),
        expectation.judgeMaster(tenure, info(PROMOTED, Role.REPLICA, engine(false))));
    assertEquals(
        new Verdict("it belonged to epoch 6", false),
        expectation.judgeMaster(new Tenure(6), info(PROMOTED, Role.MASTER, engine(false))));
  }
}
