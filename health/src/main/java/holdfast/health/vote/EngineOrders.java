package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.EpochChain.Position;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.ReplicationId;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Stage;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Orders to an engine of ours, which checks them itself: by epoch, run id and offset where it is to
 * be master, by histories where it is to be a replica. Orders may grow at their end; an older
 * engine ignores what it does not know.
 */
public final class EngineOrders {
  private static final String HOLDFAST = "HOLDFAST";

  private EngineOrders() {}

  /**
   * The leader asks where it stands. Unless the switch is planned, and waits for it to catch up, a
   * replica then follows nobody any more: what it has not got by then nobody has acknowledged.
   */
  public static List<String> consult(Stage stage, long epoch) {
    boolean planned = stage instanceof Stage.Running running && running.attempt().planned() != null;
    return planned
        ? List.of(HOLDFAST, "CONSULT", Long.toString(epoch), "FOLLOWING")
        : List.of(HOLDFAST, "CONSULT", Long.toString(epoch));
  }

  /** The order of the stage that promotes this backend; null in any other stage. */
  public static @Nullable List<String> promote(Stage stage, NodeAddress backend) {
    if (!(stage instanceof Stage.Promoting promoting)
        || !promoting.choice().backend().equals(backend)) {
      return null;
    }
    NodeInfo info = promoting.choice().answer().info();
    return List.of(
        HOLDFAST,
        "PROMOTE",
        Long.toString(promoting.epoch()),
        info.runId().value(),
        Long.toString(Math.max(0, info.dataOffset())),
        addresses(promoting.attempt().members()));
  }

  private static String addresses(List<AcceptedRecord.VoterEntry> voters) {
    return voters.stream()
        .map(voter -> voter.address().toString())
        .collect(Collectors.joining(","));
  }

  /** The order to follow the master of the accepted record; null before the first. */
  public static @Nullable List<String> follow(VoterState state, NodeAddress backend) {
    AcceptedRecord record = state.durable().record();
    if (record == null) {
      return null;
    }
    return List.of(
        HOLDFAST,
        "FOLLOW",
        Long.toString(record.epoch()),
        record.master().host(),
        Integer.toString(record.master().port()),
        record.replicationIds().stream().map(ReplicationId::value).collect(Collectors.joining(",")),
        Long.toString(commonOffset(state, record, backend)),
        addresses(record.voters()));
  }

  private static long commonOffset(VoterState state, AcceptedRecord record, NodeAddress backend) {
    EpochChain chain = state.durable().chain();
    for (NodeWatch watch : state.watches()) {
      NodeInfo info = watch.info();
      if (watch.address().equals(backend) && info != null) {
        Position position = chain.positionOf(info);
        return position == null ? -1 : chain.commonOffset(position, record.epoch());
      }
    }
    return -1;
  }
}
