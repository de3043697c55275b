package holdfast.backend.model;

import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import java.util.List;
import java.util.stream.IntStream;

/** Records and ids for tests. */
public final class Records {
  private Records() {}

  /** A 40-digit id that ends in this number. */
  public static String hex(long number) {
    String digits = Long.toHexString(number);
    return "0".repeat(40 - digits.length()) + digits;
  }

  /** A run id. */
  public static RunId run(long number) {
    return new RunId(hex(number));
  }

  /** A replication id. */
  public static ReplicationId replid(long number) {
    return new ReplicationId(hex(number));
  }

  /** {@code 127.0.0.1:port}. */
  public static NodeAddress at(int port) {
    return new NodeAddress("127.0.0.1", port);
  }

  /** A record of this epoch with {@code voters} voters, v1 and up, and three backends. */
  public static AcceptedRecord of(long epoch, int voters) {
    return new AcceptedRecord(
        epoch,
        epoch - 1,
        at(7001),
        run(epoch),
        epoch * 100,
        List.of(replid(epoch)),
        IntStream.rangeClosed(1, voters)
            .mapToObj(i -> new VoterEntry(new NodeId("v" + i), hex(i), at(26000 + i)))
            .toList(),
        List.of(
            new BackendEntry(at(7001), 100),
            new BackendEntry(at(7002), 100),
            new BackendEntry(at(7003), 100)),
        List.of(),
        0,
        500_000_000L,
        250_000_000L);
  }

  /** The same record with another K. */
  public static AcceptedRecord requiring(AcceptedRecord record, int replicas) {
    return new AcceptedRecord(
        record.epoch(),
        record.baseEpoch(),
        record.master(),
        record.masterRunId(),
        record.startOffset(),
        record.replicationIds(),
        record.voters(),
        record.backends(),
        record.adopted(),
        replicas,
        record.leaseNanos(),
        record.engineLeaseNanos());
  }
}
