package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.health.detect.ClockSpread;
import holdfast.health.failover.BackendNeeds;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * What follows from what backends and voters said: what is right, what weakens which promise, and
 * the fix. Pure.
 */
final class Diagnosis {
  private static final long BACKLOG_BYTES_LEAST = 16L << 20;

  /** What is not given where a command is forbidden. */
  private static final Map<String, String> NEEDED =
      Map.of(
          "INFO", "it cannot be watched at all",
          "REPLICAOF", "it can be given no role: no switch is possible",
          "CONFIG GET", "its settings cannot be seen here",
          "CONFIG SET", "it cannot be set to what the protocol wants",
          "CLIENT LIST", "a stale leader's connections cannot be found, so it is not shut out",
          "CLIENT KILL",
              "a stale leader is not shut out, and clients stay connected to a deposed master",
          "PUBLISH", "a fresh master's first replica counts late, and no hello messages are sent");

  private final List<Finding> findings = new ArrayList<>();

  private Diagnosis() {}

  /**
   * All findings, in the order to be read.
   *
   * @param backends of the configuration
   * @param voters of the configuration
   */
  static List<Finding> of(List<Examination.Backend> backends, List<Examination.Voter> voters) {
    var diagnosis = new Diagnosis();
    voters.forEach(diagnosis::voter);
    diagnosis.together(voters);
    for (Examination.Backend backend : backends) {
      diagnosis.backend(backend);
      if (backend.failure() == null) {
        diagnosis.start(backend.address(), voters);
      }
    }
    diagnosis.clocks(backends);
    diagnosis.replicas(backends, voters);
    return List.copyOf(diagnosis.findings);
  }

  private void ok(String text) {
    findings.add(Finding.ok(text));
  }

  private void note(String text) {
    findings.add(Finding.note(text));
  }

  private void weak(String text) {
    findings.add(Finding.weak(text));
  }

  // ---- voters

  private void voter(Examination.Voter voter) {
    String name = "voter " + voter.address();
    if (voter.failure() != null) {
      weak(
          name
              + " cannot be asked ("
              + voter.failure()
              + "): one voter less can fail; start it, or correct its address or voter.secret");
      return;
    }
    if (!voter.first("stopped").equals("no")) {
      weak(name + " has stopped (" + voter.first("stopped") + "): mend its disk and restart it");
      return;
    }
    if (voter.first("master").equals("none")) {
      weak(name + " knows no master: " + voter.first("notice"));
      return;
    }
    ok(name + ": epoch " + voter.first("epoch") + ", master " + voter.first("master"));
    if (!List.of("", "none").contains(voter.first("notice"))) {
      weak(name + " says: " + voter.first("notice"));
    }
    for (String peer : voter.status().getOrDefault("peer", List.of())) {
      if (peer.endsWith(" never heard")) {
        weak(
            name
                + " has never heard "
                + peer.substring(0, peer.indexOf(' '))
                + ": open the network between them, and give both the same voter.secret");
      }
    }
  }

  private void together(List<Examination.Voter> voters) {
    var masters = new LinkedHashSet<String>();
    int there = 0;
    for (Examination.Voter voter : voters) {
      if (voter.failure() == null && voter.first("stopped").equals("no")) {
        there++;
        masters.add(voter.first("epoch") + " " + voter.first("master"));
      }
    }
    if (there < voters.size() / 2 + 1) {
      weak(
          "only "
              + there
              + " of "
              + voters.size()
              + " voters are there: without a majority nothing is written and nothing switched");
    } else if (masters.size() > 1) {
      weak("the voters do not agree (a switch may be under way): " + String.join(", ", masters));
    }
    if (voters.size() == 1) {
      weak(
          "one voter decides alone: when it fails, writes stop; run three, on machines of their own");
    }
  }

  // ---- backends

  private void backend(Examination.Backend backend) {
    String name = "backend " + backend.address();
    if (backend.failure() != null) {
      weak(
          name
              + " cannot be asked ("
              + backend.failure()
              + "): start it, or correct voter.backends and backends.user and password");
      return;
    }
    backend
        .forbidden()
        .forEach(
            (command, why) ->
                weak(
                    name
                        + " forbids "
                        + command
                        + " ("
                        + why
                        + "): "
                        + NEEDED.getOrDefault(command, "it is needed")
                        + "; conf/holdfast.conf has the ACL that is needed"));
    if (backend.info().isEmpty()) {
      return;
    }
    boolean engine = "holdfast".equals(backend.info().get("redis_build_id"));
    ok(
        name
            + ": "
            + (engine ? "engine" : "Redis " + backend.info().getOrDefault("redis_version", "?"))
            + ", "
            + ("slave".equals(backend.info().get("role")) ? "replica" : "master"));
    String mode = backend.info().getOrDefault("redis_mode", "standalone");
    if (!mode.equals("standalone")) {
      weak(name + " runs as " + mode + ": start it without, it takes no role from voters");
    }
    if (!engine && !backend.config().isEmpty()) {
      settings(name, backend.config());
    }
  }

  private void settings(String name, Map<String, String> config) {
    for (BackendNeeds.Setting need : BackendNeeds.ALWAYS) {
      String has = config.get(need.name());
      if (has == null) {
        weak(name + " has no " + need.name() + ": " + need.weakened());
      } else if (!has.equals(need.value())) {
        weak(
            name
                + " has "
                + need.name()
                + " "
                + has
                + ": "
                + need.weakened()
                + "; a voter that watches it sets "
                + need.value()
                + ", if it may");
      }
    }
    long backlog = number(config.getOrDefault("repl-backlog-size", "0"));
    if (backlog < BACKLOG_BYTES_LEAST) {
      weak(
          name
              + " has a repl-backlog-size of "
              + backlog
              + " bytes: a replica that was away for a moment needs a full copy, and counts for"
              + " nothing until it has one; set 64mb");
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Who watches sees how a process starts; nobody can ask for it. */
  private void start(NodeAddress backend, List<Examination.Voter> voters) {
    boolean fenced = false;
    for (Examination.Voter voter : voters) {
      for (String seen : voter.status().getOrDefault("start-seen", List.of())) {
        if (seen.equals(backend + " unfenced")) {
          weak(
              "backend "
                  + backend
                  + " was seen to start as a master: if a master restarts empty, its replicas copy"
                  + " the emptiness; start it with --replicaof 127.0.0.1 1 (conf/redis-fenced.conf)");
          return;
        }
        fenced |= seen.equals(backend + " fenced");
      }
    }
    if (fenced) {
      ok("backend " + backend + " was seen to start fenced");
    } else {
      note(
          "backend "
              + backend
              + " was never seen to start: make sure that it does with --replicaof 127.0.0.1 1"
              + " (conf/redis-fenced.conf)");
    }
  }

  private void clocks(List<Examination.Backend> backends) {
    ClockSpread spread = ClockSpread.NONE;
    for (Examination.Backend backend : backends) {
      if (backend.clock() != null) {
        spread = spread.with(backend.address(), backend.clock());
      }
    }
    ClockSpread.Apart apart = spread.tooFar();
    if (apart != null) {
      weak(
          "the clock of "
              + apart.behind()
              + " is "
              + apart.nanos() / 1_000_000
              + " ms behind that of "
              + apart.ahead()
              + ": keys expire at different times there; run NTP on the backends");
    } else if (spread.samples().size() > 1) {
      ok("the backends' clocks agree within a second");
    }
  }

  /** How many replicas there are, and how many a write needs. */
  private void replicas(List<Examination.Backend> backends, List<Examination.Voter> voters) {
    if (backends.size() < 2) {
      weak("one backend: when it fails there is nothing to switch to; add a replica");
    }
    for (Examination.Voter voter : voters) {
      String needed = voter.first("replicas-required");
      if (needed.isEmpty()) {
        continue;
      }
      long adopted = number(voter.first("replicas-adopted"));
      if (number(needed) == 0) {
        note("durability none: a master that dies takes with it what no replica had yet");
      }
      if (adopted < number(needed)) {
        weak(
            adopted
                + " replicas are in step and a write needs "
                + needed
                + ": writes wait; bring replicas back, or lower the durability");
      } else if (adopted == 0 && backends.size() > 1) {
        weak("no replica is in step with the master: when it fails, nothing can take over");
      } else if (adopted == number(needed) && adopted > 0) {
        note(
            "as many replicas are in step as a write needs ("
                + needed
                + "): when one fails, writes wait");
      }
      return;
    }
  }
}
