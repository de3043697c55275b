package holdfast.health.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import holdfast.backend.engine.Glob;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.resp.RespWriter;
import holdfast.health.detect.NodeWatch;
import holdfast.health.report.SentinelEvents;
import holdfast.health.report.Sight;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sentinel's questions, answered from the record and from what this voter sees, so that Sentinel
 * clients and tools find the master. What would change whom the voters record or watch is refused
 * with the way that does it: a record is a majority's, no single voter's. Source: Redis {@code
 * sentinel.c} and the replies of 7.0.15.
 */
final class SentinelCommands {
  private static final String NO_SUCH_MASTER = "ERR No such master with that name";
  private static final Set<String> SET_OPTIONS =
      Set.of(
          "down-after-milliseconds",
          "failover-timeout",
          "parallel-syncs",
          "notification-script",
          "client-reconfig-script",
          "auth-pass",
          "auth-user",
          "quorum",
          "rename-command",
          "master-reboot-down-after-period");

  private static final List<String> HELP =
      List.of(
          "SENTINEL <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
          "CKQUORUM <master-name>",
          "    Whether enough voters are there to replace the master.",
          "CONFIG GET <param>",
          "    Get global parameters.",
          "DEBUG",
          "    Show the times in use (milliseconds).",
          "GET-MASTER-ADDR-BY-NAME <master-name>",
          "    Return the ip and port number of the master with that name.",
          "FAILOVER <master-name>",
          "    Switch over as planned: nothing is lost. HOLDFAST FAILOVER can name the next master.",
          "FLUSHCONFIG",
          "    Nothing to do: what a voter must keep is on disk before it answers.",
          "INFO-CACHE <master-name>",
          "    Return last cached INFO output from masters and all its replicas.",
          "IS-MASTER-DOWN-BY-ADDR <ip> <port> <current-epoch> <runid>",
          "    Whether this voter finds the master down. It never votes for who asks here.",
          "MASTER <master-name>",
          "    Show the state and info of the specified master.",
          "MASTERS",
          "    Show a list of monitored masters and their state.",
          "MYID",
          "    Return the ID of this voter, made with its data folder.",
          "PENDING-SCRIPTS",
          "    There are none.",
          "REPLICAS <master-name>",
          "    Show a list of replicas for this master and their state.",
          "RESET <pattern>",
          "    Count matching masters; there is nothing to forget, the record stays.",
          "SENTINELS <master-name>",
          "    Show a list of the other voters and their state.",
          "SIMULATE-FAILURE HELP",
          "    What a Sentinel can simulate; a voter does not.",
          "MONITOR, REMOVE, SET, CONFIG SET",
          "    Refused: see HOLDFAST HELP and the voters' configuration.",
          "HELP",
          "    Prints this help.");

  private final VoterSettings settings;
  private final VoterLoop voter;
  private final Reporter reporter;

  SentinelCommands(VoterSettings settings, VoterLoop voter, Reporter reporter) {
    this.settings = settings;
    this.voter = voter;
    this.reporter = reporter;
  }

  void execute(List<String> arguments, RespWriter out) {
    if (arguments.size() < 2) {
      out.error("ERR wrong number of arguments for 'sentinel' command");
      return;
    }
    String sub = arguments.get(1).toLowerCase(Locale.ROOT);
    int given = arguments.size() - 2;
    switch (sub) {
      case "myid" -> out.bulk(voter.state().durable().incarnation());
      case "masters" -> masters(out);
      case "flushconfig" -> out.ok();
      case "pending-scripts" -> out.array(0);
      case "help" -> {
        out.array(HELP.size());
        HELP.forEach(out::simple);
      }
      case "info-cache" -> infoCache(arguments, out);
      case "simulate-failure" -> simulateFailure(arguments, out);
      case "debug" -> debug(given, out);
      case "config" -> config(arguments, out);
      case "is-master-down-by-addr" -> {
        if (given == 4) {
          isMasterDown(arguments, out);
        } else {
          wrongNumber(sub, out);
        }
      }
      case "monitor" -> {
        if (given == 4) {
          monitor(arguments.get(2), out);
        } else {
          wrongNumber(sub, out);
        }
      }
      case "get-master-addr-by-name", "reset" -> {
        if (given != 1) {
          wrongNumber(sub, out);
        } else if (sub.equals("reset")) {
          reset(arguments.get(2), out);
        } else {
          masterAddress(arguments.get(2), out);
        }
      }
      case "master", "replicas", "slaves", "sentinels", "ckquorum", "remove" -> {
        if (given != 1) {
          wrongNumber(sub, out);
        } else if (arguments.get(2).equals(settings.masterName())) {
          ofMaster(sub, out);
        } else {
          out.error(NO_SUCH_MASTER);
        }
      }
      case "set" -> set(arguments, out);
      default ->
          out.error(
              "ERR unknown subcommand '"
                  + VoterCommands.shown(arguments.get(1))
                  + "'. Try SENTINEL HELP.");
    }
  }

  private static void wrongNumber(String sub, RespWriter out) {
    out.error("ERR wrong number of arguments for 'sentinel|" + sub + "' command");
  }

  private @Nullable AcceptedRecord record() {
    return voter.state().durable().record();
  }

  private void masters(RespWriter out) {
    AcceptedRecord record = record();
    out.array(record == null ? 0 : 1);
    if (record != null) {
      SentinelFields.master(out, settings, voter, record);
    }
  }

  private void masterAddress(String name, RespWriter out) {
    AcceptedRecord record = record();
    if (record == null || !name.equals(settings.masterName())) {
      out.nilArray();
    } else {
      out.array(2).bulk(record.master().host()).bulk(record.master().port());
    }
  }

  private void ofMaster(String sub, RespWriter out) {
    AcceptedRecord record = record();
    switch (sub) {
      case "sentinels" -> {
        List<PeerView> peers = voter.state().peers();
        out.array(peers.size());
        peers.forEach(peer -> SentinelFields.peer(out, settings, voter, peer));
      }
      case "ckquorum" -> quorum(out);
      case "remove" ->
          out.error(
              "ERR the voters' record names this master, no single voter can forget it: stop the"
                  + " voters instead");
      case "master" -> {
        if (record == null) {
          out.error(NO_SUCH_MASTER); // none has been found yet
        } else {
          SentinelFields.master(out, settings, voter, record);
        }
      }
      default -> {
        List<NodeWatch> replicas = Sight.replicas(voter.state());
        out.array(replicas.size());
        replicas.forEach(watch -> SentinelFields.replica(out, settings, voter, watch));
      }
    }
  }

  private void quorum(RespWriter out) {
    VoterState state = voter.state();
    int usable = 1;
    for (PeerView peer : state.peers()) {
      boolean down = Sight.isDown(voter.config().detect(), peer, voter.nowNanos());
      usable += peer.hello() != null && !down ? 1 : 0;
    }
    boolean noQuorum = usable < settings.quorum();
    boolean noMajority = usable < (1 + state.peers().size()) / 2 + 1;
    if (!noQuorum && !noMajority) {
      out.simple(
          "OK " + usable + " usable Sentinels. Quorum and failover authorization can be reached");
      return;
    }
    var missing = new ArrayList<String>();
    if (noQuorum) {
      missing.add("Not enough available Sentinels to reach the specified quorum for this master");
    }
    if (noMajority) {
      missing.add("Not enough available Sentinels to reach the majority and authorize a failover");
    }
    out.error("NOQUORUM " + usable + " usable Sentinels. " + String.join(". ", missing));
  }

  /** Down or not, and whom this voter has voted for; who asks is never voted for. */
  private void isMasterDown(List<String> arguments, RespWriter out) {
    NodeAddress address;
    try {
      address = NodeAddress.parse(arguments.get(2) + ":" + arguments.get(3));
      Long.parseLong(arguments.get(4));
    } catch (IllegalArgumentException e) {
      out.error("ERR value is not an integer or out of range");
      return;
    }
    VoterState state = voter.state();
    AcceptedRecord record = record();
    boolean down =
        record != null
            && record.master().equals(address)
            && !reporter.tilted()
            && Sight.isMasterDown(voter.config(), state, voter.nowNanos());
    NodeId leader = arguments.get(5).equals("*") ? null : state.durable().votedFor();
    out.array(3).integer(down ? 1 : 0);
    out.bulk(leader == null ? "*" : Sight.incarnation(state, leader));
    out.integer(leader == null ? 0 : state.durable().votedEpoch());
  }

  private void reset(String pattern, RespWriter out) {
    boolean matches = Glob.matches(pattern.getBytes(UTF_8), settings.masterName().getBytes(UTF_8));
    if (matches) {
      SentinelEvents.reset(settings.masterName(), voter.state()).forEach(reporter::publish);
    }
    out.integer(matches ? 1 : 0);
  }

  private void monitor(String name, RespWriter out) {
    out.error(
        name.equals(settings.masterName())
            ? "ERR Duplicate master name."
            : "ERR the voters watch one master, whose backends their record names: give another one"
                + " voters of its own");
  }

  private void set(List<String> arguments, RespWriter out) {
    if (arguments.size() < 5) {
      wrongNumber("set", out);
      return;
    }
    String option = arguments.get(3).toLowerCase(Locale.ROOT);
    if (!arguments.get(2).equals(settings.masterName())) {
      out.error(NO_SUCH_MASTER);
    } else if (!SET_OPTIONS.contains(option)) {
      out.error(
          "ERR Unknown option or number of arguments for SENTINEL SET '"
              + VoterCommands.shown(arguments.get(3))
              + "'");
    } else {
      out.error("ERR not changed while running: " + instead(option));
    }
  }

  private static String instead(String option) {
    return switch (option) {
      case "down-after-milliseconds" ->
          "set voter.down-after in each voter's configuration and restart them one by one";
      case "quorum" -> "set voter.quorum in each voter's configuration and restart them one by one";
      case "auth-pass", "auth-user" ->
          "set backends.user and backends.password in each voter's configuration and restart them"
              + " one by one";
      default -> "voters have no " + option;
    };
  }

  private void config(List<String> arguments, RespWriter out) {
    String what = arguments.size() > 2 ? arguments.get(2).toLowerCase(Locale.ROOT) : "";
    if (what.equals("set") && arguments.size() >= 5) {
      out.error(
          "ERR not changed while running: set it in this voter's configuration and restart it");
    } else if (what.equals("get") && arguments.size() == 4) {
      NodeAddress announced = settings.announced();
      List<String> all =
          List.of(
              "resolve-hostnames",
              "yes",
              "announce-hostnames",
              "yes",
              "announce-ip",
              announced.host(),
              "announce-port",
              Integer.toString(announced.port()),
              "sentinel-user",
              "",
              "sentinel-pass",
              "");
      var found = new ArrayList<String>();
      byte[] pattern = arguments.get(3).toLowerCase(Locale.ROOT).getBytes(UTF_8);
      for (int i = 0; i < all.size(); i += 2) {
        if (Glob.matches(pattern, all.get(i).getBytes(UTF_8))) {
          found.addAll(all.subList(i, i + 2));
        }
      }
      out.map(found.size() / 2);
      found.forEach(out::bulk);
    } else if (what.equals("set") || what.equals("get")) {
      wrongNumber("config", out);
    } else {
      out.error("ERR Only SENTINEL CONFIG GET <option> and SET <option> <value> are supported.");
    }
  }

  private void debug(int given, RespWriter out) {
    if (given > 0) {
      out.error(
          "ERR not changed while running: set times in each voter's configuration and restart them"
              + " one by one");
      return;
    }
    long ping = settings.times().ping().toMillis();
    List<Object> all =
        List.of(
            "INFO-PERIOD",
            10 * ping,
            "PING-PERIOD",
            ping,
            "ASK-PERIOD",
            ping,
            "PUBLISH-PERIOD",
            2000,
            "DEFAULT-DOWN-AFTER",
            settings.times().downAfter().toMillis(),
            "TILT-TRIGGER",
            voter.config().detect().tiltGapNanos() / 1_000_000,
            "TILT-PERIOD",
            settings.times().downAfter().toMillis());
    out.map(all.size() / 2);
    all.forEach(word -> out.bulk(word.toString()));
  }

  private void simulateFailure(List<String> arguments, RespWriter out) {
    String what = arguments.size() > 2 ? arguments.get(2).toLowerCase(Locale.ROOT) : "";
    switch (what) {
      case "help" -> out.array(2).bulk("crash-after-election").bulk("crash-after-promotion");
      case "crash-after-election", "crash-after-promotion" ->
          out.error("ERR a voter does not crash on request: kill its process");
      default -> out.error("ERR Unknown failure simulation specified");
    }
  }

  private void infoCache(List<String> arguments, RespWriter out) {
    AcceptedRecord record = record();
    if (arguments.size() < 3) {
      wrongNumber("info-cache", out);
      return;
    }
    if (record == null || !arguments.subList(2, arguments.size()).contains(settings.masterName())) {
      out.array(0);
      return;
    }
    var backends = new ArrayList<NodeWatch>();
    NodeWatch master = voter.state().watch(record.master());
    if (master != null) {
      backends.add(master);
    }
    backends.addAll(Sight.replicas(voter.state()));
    out.array(2).bulk(settings.masterName()).array(backends.size());
    for (NodeWatch watch : backends) {
      String text = voter.infoText(watch.address());
      out.array(2).integer(Math.max(0, voter.nowNanos() - watch.infoNanos()) / 1_000_000);
      if (text == null) {
        out.nil();
      } else {
        out.bulk(text);
      }
    }
  }

  /** INFO, as far as a Sentinel's has a meaning here. */
  String info(List<String> arguments) {
    return SentinelInfo.of(settings, voter, reporter, arguments.subList(1, arguments.size()));
  }
}
