package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespValue;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.FilesTls;
import holdfast.health.detect.ClockSpread.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks a backend or a voter what the doctor wants to know. Nothing is changed. */
final class Examination {
  private static final int ASK_MILLIS = 2000;

  /** Error codes of a command that this user may not use, or that the server does not have. */
  private static final List<String> FORBIDDEN = List.of("NOPERM", "ERR unknown", "ERR Unknown");

  private Examination() {}

  /**
   * A backend.
   *
   * @param failure why it does not answer, null if it does
   * @param forbidden commands the control user may not use, with the server's words
   */
  record Backend(
      NodeAddress address,
      @Nullable String failure,
      Map<String, String> info,
      Map<String, String> config,
      Map<String, String> forbidden,
      @Nullable Sample clock) {
    Backend {
      info = Map.copyOf(info);
      config = Map.copyOf(config);
      forbidden = new LinkedHashMap<>(forbidden);
    }
  }

  /**
   * A voter.
   *
   * @param failure why it does not answer, null if it does
   * @param status what HOLDFAST STATUS says, by key
   */
  record Voter(NodeAddress address, @Nullable String failure, Map<String, List<String>> status) {
    Voter {
      status = new LinkedHashMap<>(status);
    }

    /** The first value of a key, empty for none. */
    String first(String key) {
      List<String> values = status.getOrDefault(key, List.of());
      return values.isEmpty() ? "" : values.getFirst();
    }
  }

  static Backend backend(
      NodeAddress address,
      @Nullable String user,
      @Nullable String password,
      @Nullable FilesTls tls) {
    var forbidden = new LinkedHashMap<String, String>();
    var config = new LinkedHashMap<String, String>();
    try (var client = ControlClient.open(address, ASK_MILLIS, user, password, tls)) {
      RespValue told = allowed(client, forbidden, "INFO", "INFO", "everything");
      Map<String, String> info = told == null || told.isError() ? Map.of() : info(told.text());
      for (String name :
          List.of(
              "repl-diskless-load",
              "replica-serve-stale-data",
              "repl-backlog-ttl",
              "repl-backlog-size",
              "min-replicas-to-write")) {
        RespValue got = allowed(client, forbidden, "CONFIG GET", "CONFIG", "GET", name);
        if (got != null && !got.isError() && got.items().size() == 2) {
          config.put(name, got.items().get(1).text());
        }
      }
      // To what it is already: nothing changes.
      String ttl = config.getOrDefault("repl-backlog-ttl", "3600");
      allowed(client, forbidden, "CONFIG SET", "CONFIG", "SET", "repl-backlog-ttl", ttl);
      allowed(client, forbidden, "CLIENT LIST", "CLIENT", "LIST");
      // Of nobody, and to no port: the right to it is looked at first.
      allowed(client, forbidden, "CLIENT KILL", "CLIENT", "KILL", "ID", "0");
      allowed(client, forbidden, "REPLICAOF", "REPLICAOF", "nobody", "none");
      allowed(client, forbidden, "PUBLISH", "PUBLISH", "__holdfast__", "here");
      return new Backend(address, null, info, config, forbidden, clock(client));
    } catch (IOException | IllegalStateException e) {
      return new Backend(
          address, String.valueOf(e.getMessage()), Map.of(), Map.of(), forbidden, null);
    }
  }

  private static @Nullable RespValue allowed(
      ControlClient client, Map<String, String> forbidden, String name, String... command)
      throws IOException {
    RespValue reply = client.call(command);
    if (reply instanceof RespValue.Failure failure
        && FORBIDDEN.stream().anyMatch(failure.message()::startsWith)
        && !failure.message().contains("option")) {
      forbidden.put(name, failure.message());
      return null;
    }
    return reply;
  }

  private static @Nullable Sample clock(ControlClient client) throws IOException {
    Ticker ticker = BootTicker.system();
    long askedNanos = ticker.nowNanos();
    RespValue reply = client.call("TIME");
    if (reply.isError()) {
      return null;
    }
    long micros =
        Long.parseLong(reply.items().get(0).text()) * 1_000_000
            + Long.parseLong(reply.items().get(1).text());
    return Sample.of(micros, askedNanos, ticker.nowNanos());
  }

  private static Map<String, String> info(String text) {
    var fields = new LinkedHashMap<String, String>();
    for (String line : text.split("\r?\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1));
      }
    }
    return fields;
  }

  static Voter voter(VotersOf of, NodeAddress address) {
    try (var client = of.open(address, ASK_MILLIS)) {
      RespValue reply = client.call("HOLDFAST", "STATUS");
      if (reply instanceof RespValue.Failure failure) {
        return new Voter(address, failure.message(), Map.of());
      }
      var status = new LinkedHashMap<String, List<String>>();
      for (String line : reply.text().split("\n", -1)) {
        int colon = line.indexOf(": ");
        if (colon > 0) {
          status
              .computeIfAbsent(line.substring(0, colon), _ -> new ArrayList<>())
              .add(line.substring(colon + 2));
        }
      }
      return new Voter(address, null, status);
    } catch (IOException | IllegalStateException e) {
      return new Voter(address, String.valueOf(e.getMessage()), Map.of());
    }
  }
}
