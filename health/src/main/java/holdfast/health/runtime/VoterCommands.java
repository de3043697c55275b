package holdfast.health.runtime;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.RecordReader;
import holdfast.backend.resp.RespWriter;
import holdfast.health.report.SentinelHello;
import holdfast.health.report.SwitchLog;
import holdfast.health.report.SwitchRecord;
import holdfast.health.report.SwitchText;
import holdfast.health.vote.ChangeRequest;
import holdfast.health.vote.PeerText;
import holdfast.health.vote.VoterEvent;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a voter answers on its port: our own commands, and enough of Sentinel's. On the loop. */
final class VoterCommands {
  private static final Logger LOG = LoggerFactory.getLogger(VoterCommands.class);
  static final int CLIENTS_MAX = 20_000;

  private static final List<String> HELP =
      help(
          "HOLDFAST <subcommand> [<arg> ...]. Subcommands are:",
          "STATUS",
          "    Who is master, since which epoch, and what this voter sees.",
          "DECIDE <host:port>",
          "    An operator's word: this backend's data counts; what the others have more is lost.",
          "SWITCHES [<count>]",
          "    The last switches of the master, the latest first, one line each.",
          "FAILOVER [TO <host:port>] [WITHIN <milliseconds>]",
          "    Planned switchover: nothing is lost and nothing fails. Answers when it has ended.",
          "MAINTENANCE ON|OFF|STATUS",
          "    No automatic switch while it is on, at any voter.",
          "CHANGE",
          "LEASE, GAVEUP, WATCH, HINT",
          "    Between holders of write leases and voters.",
          "PEER, SWITCHED",
          "    Between voters.",
          "HELP",
          "    Print this help.");

  private static List<String> help(String... lines) {
    var all = new ArrayList<String>();
    for (String line : lines) {
      if (line.startsWith("CHANGE")) {
        all.addAll(ChangeText.HELP);
      } else {
        all.add(line);
      }
    }
    return List.copyOf(all);
  }

  private final VoterSettings settings;
  private final VoterLoop voter;
  private final Subscribers subscribers;
  private final Reporter reporter;
  private final SentinelCommands sentinel;
  private final OperatorCommands operator;
  private final RecordReader records = new RecordReader();
  private int clients;
  private long lastId;

  VoterCommands(
      VoterSettings settings, VoterLoop voter, Subscribers subscribers, Reporter reporter) {
    this.settings = settings;
    this.voter = voter;
    this.subscribers = subscribers;
    this.reporter = reporter;
    this.sentinel = new SentinelCommands(settings, voter, reporter);
    this.operator = new OperatorCommands(settings, voter);
  }

  boolean needsSecret() {
    return settings.secret() != null;
  }

  long nextId() {
    return ++lastId;
  }

  void connected(Channel channel) {
    clients++;
    if (clients > CLIENTS_MAX) {
      var unused = channel.close();
    }
  }

  void disconnected(VoterConnection connection) {
    clients--;
    subscribers.remove(connection);
  }

  void broke(Throwable cause) {
    if (cause instanceof IOException) {
      LOG.debug("a client's connection broke", cause);
    } else {
      LOG.error("a command failed", cause);
    }
  }

  void execute(VoterConnection from, List<String> arguments) {
    String name = arguments.getFirst().toUpperCase(Locale.ROOT);
    RespWriter out = from.writer();
    switch (name) {
      case "AUTH" -> auth(from, arguments, out);
      case "HELLO" -> hello(from, arguments, out);
      case "QUIT" -> {
        out.ok();
        from.closeAfterReply();
      }
      default -> {
        if (!from.authenticated()) {
          out.error("NOAUTH Authentication required.");
        } else {
          authenticated(from, name, arguments, out);
        }
      }
    }
  }

  private void authenticated(
      VoterConnection from, String name, List<String> arguments, RespWriter out) {
    switch (name) {
      case "PING" -> ping(from, arguments, out);
      case "HOLDFAST" -> holdfast(from, arguments, out);
      case "SENTINEL" -> {
        if (!operator.sentinel(from, arguments, out)) {
          sentinel.execute(arguments, out);
        }
      }
      case "INFO" -> out.verbatim("txt", sentinel.info(arguments));
      case "PUBLISH" -> publish(arguments, out);
      case "ROLE" -> out.array(2).bulk("sentinel").array(1).bulk(settings.masterName());
      case "SUBSCRIBE", "PSUBSCRIBE" -> subscribe(from, name, arguments);
      case "UNSUBSCRIBE", "PUNSUBSCRIBE" -> unsubscribe(from, name, arguments);
      case "CLIENT" -> client(arguments, out);
      case "COMMAND" -> out.array(0);
      default -> out.error(unknown(arguments));
    }
  }

  /** In Redis's words, and who it is that does not know it. */
  private static String unknown(List<String> arguments) {
    var out = new StringBuilder("ERR unknown command '").append(shown(arguments.getFirst()));
    out.append("', with args beginning with: ");
    for (String argument : arguments.subList(1, Math.min(arguments.size(), 8))) {
      out.append('\'').append(shown(argument)).append("' ");
    }
    return out.append("(this is a voter, it holds no data)").toString();
  }

  private void auth(VoterConnection from, List<String> arguments, RespWriter out) {
    String secret = settings.secret();
    if (secret == null) {
      out.error("ERR AUTH is called but this voter has no secret configured.");
    } else if ((arguments.size() == 2 || arguments.size() == 3)
        && same(secret, arguments.getLast())) {
      from.authenticate();
      out.ok();
    } else {
      out.error("WRONGPASS invalid username-password pair or user is disabled.");
    }
  }

  /** Takes as long whether the first or the last byte differs. */
  private static boolean same(String secret, String given) {
    return MessageDigest.isEqual(
        secret.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }

  private void hello(VoterConnection from, List<String> arguments, RespWriter out) {
    int protocol = from.protocol();
    if (arguments.size() > 1) {
      if (!arguments.get(1).equals("2") && !arguments.get(1).equals("3")) {
        out.error("NOPROTO unsupported protocol version");
        return;
      }
      protocol = arguments.get(1).charAt(0) - '0';
    }
    int auth = arguments.indexOf("AUTH");
    String secret = settings.secret();
    if (secret != null && auth > 0 && auth + 2 < arguments.size()) {
      if (!same(secret, arguments.get(auth + 2))) {
        out.error("WRONGPASS invalid username-password pair or user is disabled.");
        return;
      }
      from.authenticate();
    }
    if (!from.authenticated()) {
      out.error("NOAUTH HELLO must be called with the client already authenticated");
      return;
    }
    from.protocol(protocol);
    out.protocol(protocol);
    out.map(6).bulk("server").bulk("redis").bulk("version").bulk("7.0.15");
    out.bulk("proto").integer(protocol).bulk("id").integer(from.id());
    out.bulk("mode").bulk("sentinel").bulk("modules").array(0);
  }

  private static void ping(VoterConnection from, List<String> arguments, RespWriter out) {
    if (arguments.size() > 2) {
      out.error("ERR wrong number of arguments for 'ping' command");
    } else if (from.subscribed() && from.protocol() == 2) {
      out.array(2).bulk("pong").bulk(arguments.size() == 2 ? arguments.get(1) : "");
    } else if (arguments.size() == 2) {
      out.bulk(arguments.get(1));
    } else {
      out.simple("PONG");
    }
  }

  /** A Sentinel's hello is heard and nothing taken from it: the record names the voters. */
  private static void publish(List<String> arguments, RespWriter out) {
    if (arguments.size() != 3) {
      out.error("ERR wrong number of arguments for 'publish' command");
    } else if (arguments.get(1).equals(SentinelHello.CHANNEL)) {
      out.integer(1);
    } else {
      out.error("ERR Only HELLO messages are accepted by Sentinel instances.");
    }
  }

  private static void client(List<String> arguments, RespWriter out) {
    String sub = arguments.size() > 1 ? arguments.get(1).toUpperCase(Locale.ROOT) : "";
    switch (sub) {
      case "SETNAME", "SETINFO" -> out.ok();
      case "GETNAME" -> out.nil();
      default -> out.error("ERR a voter has no CLIENT " + shown(sub));
    }
  }

  private void holdfast(VoterConnection from, List<String> arguments, RespWriter out) {
    String sub = arguments.size() > 1 ? arguments.get(1).toUpperCase(Locale.ROOT) : "HELP";
    if (voter.stopped() && !sub.equals("STATUS") && !sub.equals("HELP")) {
      out.error("ERR this voter has stopped: it cannot write to its data folder");
      return;
    }
    try {
      switch (sub) {
        case "LEASE", "GAVEUP", "HINT" ->
            voter.asked(LeaseRequest.read(arguments), reply -> write(out, reply));
        case "WATCH" -> {
          LeaseRequest watch = LeaseRequest.read(arguments);
          Consumer<Consumer<RespWriter>> later = from.later();
          voter.asked(watch, reply -> later.accept(writer -> write(writer, reply)));
        }
        case "PEER" -> {
          PeerText.Said said = PeerText.read(arguments, records);
          out.ok();
          voter.on(new VoterEvent.PeerSaid(said.from(), said.message()));
        }
        case "STATUS" -> out.verbatim("txt", StatusText.of(settings, voter));
        case "DECIDE" -> decide(arguments, out);
        case "SWITCHES" -> switches(arguments, out);
        case "SWITCHED" -> {
          if (arguments.size() < 3) {
            throw new IllegalArgumentException("SWITCHED takes the record of a switch");
          }
          reporter.heard(SwitchText.read(arguments.get(2)));
          out.ok();
        }
        case "FAILOVER" -> operator.failover(from, arguments, out);
        case "MAINTENANCE" -> operator.maintenance(arguments, out);
        case "CHANGE" -> change(from, arguments);
        case "HELP" -> {
          out.array(HELP.size());
          HELP.forEach(out::simple);
        }
        default -> out.error("ERR unknown subcommand '" + shown(sub) + "'. Try HOLDFAST HELP.");
      }
    } catch (IllegalArgumentException e) {
      out.error("ERR " + e.getMessage());
    }
  }

  private static void write(RespWriter out, LeaseReply reply) {
    List<String> words = reply.arguments();
    out.array(words.size());
    words.forEach(out::bulk);
  }

  private void decide(List<String> arguments, RespWriter out) {
    if (arguments.size() != 3) {
      out.error("ERR DECIDE takes one host:port");
      return;
    }
    NodeAddress backend = NodeAddress.parse(arguments.get(2));
    if (voter.state().watch(backend) == null) {
      out.error("ERR " + backend + " is none of the backends");
      return;
    }
    voter.on(new VoterEvent.OperatorDecided(backend));
    out.ok();
  }

  private void switches(List<String> arguments, RespWriter out) {
    int count = SwitchLog.RECORDS_MAX;
    if (arguments.size() > 2) {
      String text = arguments.get(2);
      if (arguments.size() > 3 || !text.matches("[0-9]{1,6}")) {
        throw new IllegalArgumentException("SWITCHES takes how many, or nothing for all");
      }
      count = Integer.parseInt(text);
    }
    List<SwitchRecord> latest = reporter.switches().latest(count);
    out.array(latest.size());
    latest.forEach(record -> out.bulk(record.line()));
  }

  private void change(VoterConnection from, List<String> arguments) {
    ChangeRequest request = ChangeText.read(arguments);
    Consumer<Consumer<RespWriter>> later = from.later();
    voter.change(
        request,
        answer ->
            later.accept(
                writer -> {
                  if (answer.done()) {
                    writer.simple("OK " + answer.text());
                  } else {
                    writer.error("ERR " + answer.text());
                  }
                }));
  }

  private void subscribe(VoterConnection from, String name, List<String> arguments) {
    boolean pattern = name.startsWith("P");
    Set<String> mine = pattern ? from.patterns() : from.channels();
    if (arguments.size() < 2 || mine.size() + arguments.size() > VoterConnection.CHANNELS_MAX) {
      from.writer()
          .error(
              "ERR wrong number of arguments for '" + name.toLowerCase(Locale.ROOT) + "' command");
      return;
    }
    for (String channel : arguments.subList(1, arguments.size())) {
      mine.add(channel);
      confirm(from, name.toLowerCase(Locale.ROOT), channel);
    }
    subscribers.add(from);
  }

  private void unsubscribe(VoterConnection from, String name, List<String> arguments) {
    Set<String> mine = name.startsWith("P") ? from.patterns() : from.channels();
    List<String> which =
        arguments.size() > 1 ? arguments.subList(1, arguments.size()) : List.copyOf(mine);
    if (which.isEmpty()) {
      from.writer().push(3).bulk(name.toLowerCase(Locale.ROOT)).nil().integer(0);
    }
    for (String channel : which) {
      mine.remove(channel);
      confirm(from, name.toLowerCase(Locale.ROOT), channel);
    }
    if (!from.subscribed()) {
      subscribers.remove(from);
    }
  }

  private static void confirm(VoterConnection from, String kind, String channel) {
    from.writer()
        .push(3)
        .bulk(kind)
        .bulk(channel)
        .integer(from.channels().size() + from.patterns().size());
  }

  static String shown(String text) {
    return text.length() <= 64 ? text : text.substring(0, 64) + "...";
  }
}
