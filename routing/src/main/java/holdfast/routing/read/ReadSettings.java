package holdfast.routing.read;

import holdfast.backend.model.NodeAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * How a proxy spreads reads, whatever the rule of a connection. Immutable.
 *
 * @param standard for connections and commands for which nothing else is said
 * @param sampling how often master and replicas are asked how far they are
 * @param timeLimit a replica that owes an answer and has been silent for so long loses its reads to
 *     other nodes
 * @param slowAfter a replica that takes so long to answer, and much longer than the fastest, leaves
 *     the rotation
 * @param masterReadsMax reads that no replica is fit for go to the master only while fewer commands
 *     than this are under way on their link; 0 for any number
 * @param zone where this proxy is, empty for nowhere
 * @param placements where backends are and what they can bear; those not named are nowhere, and
 *     bear 1
 * @param classes commands with a policy of their own; where several name a command, the first
 *     counts
 */
public record ReadSettings(
    ReadRule standard,
    Duration sampling,
    Duration timeLimit,
    Duration slowAfter,
    int masterReadsMax,
    String zone,
    List<Placement> placements,
    List<ReadClass> classes) {
  /** The heaviest of backends. */
  public static final int WEIGHT_MAX = 100;

  /** By the master alone, asked each 20 ms where somebody says otherwise. */
  public static final ReadSettings STANDARD =
      new ReadSettings(
          ReadRule.STANDARD,
          Duration.ofMillis(20),
          Duration.ofMillis(500),
          Duration.ofMillis(100),
          0,
          "",
          List.of(),
          List.of());

  /**
   * One backend.
   *
   * @param zone empty for nowhere
   * @param weight of the reads that it gets beside others; 0: none, it serves them only as master
   */
  public record Placement(NodeAddress address, String zone, int weight) {
    /** Refuses weights out of range. */
    public Placement {
      if (weight < 0 || weight > WEIGHT_MAX) {
        throw new IllegalArgumentException("weight " + weight + ", expected 0 to " + WEIGHT_MAX);
      }
    }
  }

  /**
   * Commands with a policy of their own.
   *
   * @param commands names in lower case ("get", "object|encoding"), or categories of the server's
   *     ACL ("@slow")
   */
  public record ReadClass(List<String> commands, ReadPolicy policy) {
    /** Copies the list. */
    public ReadClass {
      commands = List.copyOf(commands);
    }
  }

  /** Copies the lists, refuses times and numbers that mean nothing. */
  public ReadSettings {
    placements = List.copyOf(placements);
    classes = List.copyOf(classes);
    if (sampling.toMillis() < 1) {
      throw new IllegalArgumentException("sampling " + sampling + ", expected 1 ms or more");
    }
    if (timeLimit.toMillis() < 1 || slowAfter.toMillis() < 1) {
      throw new IllegalArgumentException(
          "time limit " + timeLimit + ", slow after " + slowAfter + ", expected 1 ms or more");
    }
    if (masterReadsMax < 0) {
      throw new IllegalArgumentException("master reads " + masterReadsMax + ", expected 0 or more");
    }
    var named = new HashSet<NodeAddress>();
    for (Placement each : placements) {
      if (!named.add(each.address())) {
        throw new IllegalArgumentException(each.address() + " is placed twice");
      }
    }
  }

  /** The same with another standard rule. */
  public ReadSettings withStandard(ReadRule other) {
    return new ReadSettings(
        other, sampling, timeLimit, slowAfter, masterReadsMax, zone, placements, classes);
  }

  /** The same with another limit for reads that only the master can serve. */
  public ReadSettings withMasterReadsMax(int other) {
    return new ReadSettings(
        standard, sampling, timeLimit, slowAfter, other, zone, placements, classes);
  }

  /** The same in another place, among backends in these. */
  public ReadSettings withPlacements(String ownZone, List<Placement> others) {
    return new ReadSettings(
        standard, sampling, timeLimit, slowAfter, masterReadsMax, ownZone, others, classes);
  }

  /** The same with other classes. */
  public ReadSettings withClasses(List<ReadClass> others) {
    return new ReadSettings(
        standard, sampling, timeLimit, slowAfter, masterReadsMax, zone, placements, others);
  }

  /** What that backend can bear. */
  public int weightOf(NodeAddress address) {
    for (Placement each : placements) {
      if (each.address().equals(address)) {
        return each.weight();
      }
    }
    return 1;
  }

  /** Whether that backend is in the proxy's own zone. */
  public boolean isNear(NodeAddress address) {
    for (Placement each : placements) {
      if (each.address().equals(address)) {
        return !zone.isEmpty() && each.zone().equals(zone);
      }
    }
    return false;
  }
}
