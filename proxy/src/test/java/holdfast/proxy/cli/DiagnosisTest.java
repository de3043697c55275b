package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.health.detect.ClockSpread;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static final NodeAddress A = new NodeAddress("127.0.0.1", 7001);
  private static final NodeAddress B = new NodeAddress("127.0.0.1", 7002);
  private static final long SECOND = 1_000_000_000;

  private static final Map<String, String> GOOD =
      Map.of(
          "repl-diskless-load",
          "disabled",
          "replica-serve-stale-data",
          "no",
          "repl-backlog-ttl",
          "0",
          "repl-backlog-size",
          "67108864");

  @Test
  void findsNothingWeakWhereAllIsWell() {
    assertEquals(List.of(), weak(List.of(backend(A), backend(B)), voters()));
  }

  @Test
  void namesWhatIsWeakenedAndTheFix() {
    for (String key : List.of("repl-diskless-load", "replica-serve-stale-data")) {
      var config = new HashMap<>(GOOD);
      config.put(key, "other");
      assertWeak(key + " other: ", List.of(with(config), backend(B)), voters());
    }
    var small = new HashMap<>(GOOD);
    small.put("repl-backlog-size", "1048576");
    assertWeak("set 64mb", List.of(with(small), backend(B)), voters());
  }

  @Test
  void namesWhatTheUserMayNot() {
    var backend =
        new Examination.Backend(
            A, null, info(), GOOD, Map.of("CLIENT KILL", "NOPERM no permissions"), null);
    assertWeak("a stale leader is not shut out", List.of(backend, backend(B)), voters());
  }

  @Test
  void namesWhoCannotBeAsked() {
    var backend = new Examination.Backend(A, "refused", Map.of(), Map.of(), Map.of(), null);
    assertWeak(
        "backend 127.0.0.1:7001 cannot be asked (refused)", List.of(backend, backend(B)), voters());
    var voter = new Examination.Voter(A, "refused", Map.of());
    assertWeak(
        "voter 127.0.0.1:7001 cannot be asked",
        List.of(backend(A), backend(B)),
        List.of(voter, voter(Map.of()), voter(Map.of())));
  }

  @Test
  void sayThatAMajorityIsMissingOrThatVotersDisagree() {
    var gone = new Examination.Voter(A, "refused", Map.of());
    assertTrue(
        weak(List.of(backend(A), backend(B)), List.of(gone, gone, voter(Map.of())))
            .contains(
                "only 1 of 3 voters are there: without a majority nothing is written and nothing"
                    + " switched"));
    assertWeak(
        "do not agree",
        List.of(backend(A), backend(B)),
        List.of(voter(Map.of()), voter(Map.of()), voter(Map.of("epoch", "4"))));
    assertWeak("decides alone", List.of(backend(A), backend(B)), List.of(voter(Map.of())));
  }

  @Test
  void namesAServerThatWasSeenToStartAsAMaster() {
    assertWeak(
        "seen to start as a master",
        List.of(backend(A), backend(B)),
        List.of(
            voter(Map.of("start-seen", "127.0.0.1:7001 unfenced")),
            voter(Map.of()),
            voter(Map.of())));
  }

  @Test
  void namesClocksThatAreApart() {
    var late =
        new Examination.Backend(
            B, null, info(), GOOD, Map.of(), new ClockSpread.Sample(3 * SECOND, 0));
    assertWeak("run NTP", List.of(backend(A), late), voters());
  }

  @Test
  void comparesDurabilityWithReplicasInStep() {
    assertWeak(
        "0 replicas are in step and a write needs 1",
        List.of(backend(A), backend(B)),
        List.of(
            voter(Map.of("replicas-required", "1", "replicas-adopted", "0")),
            voter(Map.of()),
            voter(Map.of())));
    assertWeak("add a replica", List.of(backend(A)), voters());
    assertWeak(
        "nothing can take over",
        List.of(backend(A), backend(B)),
        List.of(voter(Map.of("replicas-adopted", "0")), voter(Map.of()), voter(Map.of())));
  }

  private static void assertWeak(
      String part, List<Examination.Backend> backends, List<Examination.Voter> voters) {
    List<String> weak = weak(backends, voters);
    assertEquals(1, weak.size(), weak::toString);
    assertTrue(weak.getFirst().contains(part), weak::toString);
  }

  private static List<String> weak(
      List<Examination.Backend> backends, List<Examination.Voter> voters) {
    return Diagnosis.of(backends, voters).stream()
        .filter(finding -> finding.level() == Finding.Level.WEAK)
        .map(Finding::text)
        .toList();
  }

  private static Examination.Backend backend(NodeAddress address) {
    return new Examination.Backend(
        address, null, info(), GOOD, Map.of(), new ClockSpread.Sample(0, 0));
  }

  private static Examination.Backend with(Map<String, String> config) {
    return new Examination.Backend(A, null, info(), config, Map.of(), new ClockSpread.Sample(0, 0));
  }

  private static Map<String, String> info() {
    return Map.of("redis_version", "7.0.15", "role", "master", "redis_mode", "standalone");
  }

  private static List<Examination.Voter> voters() {
    return List.of(voter(Map.of()), voter(Map.of()), voter(Map.of()));
  }

  private static Examination.Voter voter(Map<String, String> changes) {
    var status = new HashMap<String, List<String>>();
    Map.of(
            "stopped",
            "no",
            "epoch",
            "3",
            "master",
            "127.0.0.1:7001",
            "notice",
            "none",
            "replicas-required",
            "0",
            "replicas-adopted",
            "1")
        .forEach((key, value) -> status.put(key, List.of(value)));
    changes.forEach((key, value) -> status.put(key, List.of(value)));
    return new Examination.Voter(A, null, status);
  }
}
