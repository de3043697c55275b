package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.routing.read.Otherwise;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * HOLDFAST READS: tells, or sets, who serves the reads of the connection. One loop's thread.
 *
 * <p>What is set holds until the next such command, RESET or the end of the connection, whatever
 * listener it came in by and whatever class its commands are of. What is not named is as the
 * listener says.
 */
final class ReadsCommand {
  static final List<String> HELP =
      List.of(
          "READS",
          "    Who serves the reads of this connection.",
          "READS DEFAULT",
          "    As its listener says.",
          "READS MASTER|REPLICA-PREFERRED|REPLICA-ONLY|NEAREST|ANY [LAG-BOUND <milliseconds>]",
          "    [LAG-BYTES <bytes>|NONE] [READ-YOUR-WRITES YES|NO] [OTHERWISE MASTER|WAIT|ERROR]",
          "    By this rule from here on; what is not named is as the listener says.");

  private static final long LAG_BOUND_MAX_MILLIS = Duration.ofHours(1).toMillis();
  private static final int FIRST_OPTION = 3;

  private final ProxyLoop loop;
  private final ClientConnection client;

  ReadsCommand(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  /** Answers it; always true. */
  boolean run(RequestView request) {
    if (request.count() == 2) {
      tell();
    } else if (request.is(2, "default") && request.count() == FIRST_OPTION) {
      client.reads().reset();
      client.replies().writer().ok();
      client.replies().localReply();
    } else {
      set(request);
    }
    return true;
  }

  private void tell() {
    ReadRule rule = client.reads().rule();
    RespWriter out = client.replies().writer();
    out.map(6);
    out.bulk("policy").bulk(nameOf(rule.policy()));
    out.bulk("lag-bound").integer(rule.lagBound().toMillis());
    out.bulk("lag-bytes");
    if (rule.lagBytesMax() == ReadRule.ANY_BYTES) {
      out.nil();
    } else {
      out.integer(rule.lagBytesMax());
    }
    out.bulk("read-your-writes").bulk(rule.readYourWrites() ? "yes" : "no");
    out.bulk("otherwise").bulk(nameOf(rule.otherwise(rule.policy())));
    out.bulk("set-by").bulk(client.reads().isOwn() ? "connection" : "listener");
    client.replies().localReply();
  }

  private void set(RequestView request) {
    ReadPolicy policy = oneOf(ReadPolicy.values(), request, 2);
    if (policy == null) {
      error("policy '" + request.shown(2) + "' is none of " + names(ReadPolicy.values()));
      return;
    }
    ReadRule rule = client.reads().standing().withPolicy(policy);
    for (int at = FIRST_OPTION; at < request.count(); at += 2) {
      ReadRule next = at + 1 < request.count() ? with(rule, request, at) : null;
      if (next == null) {
        error("'" + request.shown(at) + "' is no option, or its value is wrong");
        return;
      }
      rule = next;
    }
    Duration least = loop.settings().reads().sampling().multipliedBy(2);
    if (rule.lagBound().compareTo(least) < 0) {
      error("LAG-BOUND must be at least " + least.toMillis() + " ms, twice reads.sampling");
      return;
    }
    client.reads().own(rule);
    client.replies().writer().ok();
    client.replies().localReply();
  }

  /** The rule with one option changed; null if it is none. */
  private static @Nullable ReadRule with(ReadRule rule, RequestView request, int at) {
    int value = at + 1;
    if (request.is(at, "lag-bound")) {
      long millis = request.number(value);
      return millis >= 1 && millis <= LAG_BOUND_MAX_MILLIS
          ? rule.withLagBound(Duration.ofMillis(millis))
          : null;
    }
    if (request.is(at, "lag-bytes")) {
      long bytes = request.is(value, "none") ? ReadRule.ANY_BYTES : request.number(value);
      return bytes >= 0 ? rule.withLagBytesMax(bytes) : null;
    }
    if (request.is(at, "read-your-writes")) {
      boolean yes = request.is(value, "yes");
      return yes || request.is(value, "no") ? rule.withReadYourWrites(yes) : null;
    }
    if (request.is(at, "otherwise")) {
      Otherwise otherwise = oneOf(Otherwise.values(), request, value);
      return otherwise == null ? null : rule.withOtherwise(otherwise);
    }
    return null;
  }

  private static <E extends Enum<E>> @Nullable E oneOf(E[] values, RequestView request, int at) {
    for (E each : values) {
      if (request.is(at, nameOf(each))) {
        return each;
      }
    }
    return null;
  }

  private static String names(Enum<?>[] values) {
    var names = new StringBuilder();
    for (Enum<?> each : values) {
      names.append(names.isEmpty() ? "" : ", ").append(nameOf(each));
    }
    return names.toString();
  }

  private static String nameOf(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void error(String what) {
    client.replies().localError("ERR " + what + ". Try HOLDFAST HELP.");
  }
}
