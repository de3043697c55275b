package holdfast.health.vote;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.detect.DetectTimings;
import holdfast.health.failover.TestConfigs;
import java.util.List;
import java.util.stream.IntStream;

/** Voters as {@link Records} names them, one of which a test steps. */
public final class TestVoters {
  private static final long MS = 1_000_000;

  private TestVoters() {}

  /** The voter of this number, of so many in all. */
  public static VoterConfig config(int voter, int of, List<BackendEntry> backends) {
    return new VoterConfig(
        new NodeId("v" + voter),
        Records.at(26000 + voter),
        IntStream.rangeClosed(1, of)
            .filter(i -> i != voter)
            .mapToObj(i -> new VoterConfig.Peer(new NodeId("v" + i), Records.at(26000 + i)))
            .toList(),
        of / 2 + 1,
        new DetectTimings(100 * MS, 1_000 * MS, 1_000 * MS, 100 * MS, 500 * MS),
        TestConfigs.of(backends));
  }

  /** It has accepted this record, and voted for nobody since. */
  static VoterState accepted(VoterConfig config, AcceptedRecord record, long nowNanos) {
    return VoterState.start(
        config,
        new Durable(
            config.self(),
            Records.hex(Long.parseLong(config.self().value().substring(1))),
            record.voters(),
            record.epoch(),
            null,
            record,
            record.fingerprint(),
            EpochChain.empty().with(record),
            0,
            Maintenance.NONE),
        nowNanos);
  }
}
