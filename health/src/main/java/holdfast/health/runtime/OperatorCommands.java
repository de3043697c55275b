package holdfast.health.runtime;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespWriter;
import holdfast.health.vote.SwitchAnswer;
import holdfast.health.vote.VoterEvent;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What an operator asks of the voters: planned switchover and maintenance. On the loop. */
final class OperatorCommands {
  /** A replica that needs longer to have all that the master has is not promoted. */
  static final Duration CATCH_UP_LIMIT = Duration.ofSeconds(1);

  private static final int LIMIT_MILLIS_MAX = 60_000;
  private static final String USAGE =
      "ERR expected HOLDFAST FAILOVER [TO <host:port>] [WITHIN <milliseconds, 1 to "
          + LIMIT_MILLIS_MAX
          + ">]";

  private final VoterSettings settings;
  private final VoterLoop voter;

  OperatorCommands(VoterSettings settings, VoterLoop voter) {
    this.settings = settings;
    this.voter = voter;
  }

  /** HOLDFAST FAILOVER [TO host:port] [WITHIN ms]. */
  void failover(VoterConnection from, List<String> arguments, RespWriter out) {
    NodeAddress to = null;
    Duration limit = CATCH_UP_LIMIT;
    for (int i = 2; i < arguments.size(); i += 2) {
      String option = arguments.get(i).toUpperCase(Locale.ROOT);
      String value = i + 1 < arguments.size() ? arguments.get(i + 1) : "";
      if (option.equals("TO") && !value.isEmpty()) {
        to = NodeAddress.parse(value);
      } else if (option.equals("WITHIN") && value.matches("[0-9]{1,5}")) {
        limit = Duration.ofMillis(Integer.parseInt(value));
      } else {
        out.error(USAGE);
        return;
      }
    }
    if (limit.isZero() || limit.toMillis() > LIMIT_MILLIS_MAX) {
      out.error(USAGE);
      return;
    }
    begin(from, to, limit, OperatorCommands::answer);
  }

  /** SENTINEL FAILOVER name; false if it is another command. */
  boolean sentinel(VoterConnection from, List<String> arguments, RespWriter out) {
    if (arguments.size() < 2 || !arguments.get(1).equalsIgnoreCase("FAILOVER")) {
      return false;
    }
    if (arguments.size() != 3) {
      out.error("ERR wrong number of arguments for 'sentinel|failover' command");
    } else if (!arguments.get(2).equals(settings.masterName())) {
      out.error("ERR No such master with that name");
    } else if (voter.stopped()) {
      out.error("ERR this voter has stopped: it cannot write to its data folder");
    } else {
      begin(
          from,
          null,
          CATCH_UP_LIMIT,
          (writer, answer) -> {
            if (answer instanceof SwitchAnswer.Done) {
              writer.ok();
            } else {
              answer(writer, answer);
            }
          });
    }
    return true;
  }

  private interface Told {
    void write(RespWriter out, SwitchAnswer answer);
  }

  private void begin(VoterConnection from, @Nullable NodeAddress to, Duration limit, Told told) {
    Consumer<Consumer<RespWriter>> later = from.later();
    voter.switchOver(to, limit, answer -> later.accept(writer -> told.write(writer, answer)));
  }

  private static void answer(RespWriter out, SwitchAnswer answer) {
    switch (answer) {
      case SwitchAnswer.Done done ->
          out.simple(
              "OK master "
                  + done.master()
                  + " epoch "
                  + done.epoch()
                  + " after "
                  + done.tookNanos() / 1_000_000
                  + " ms");
      case SwitchAnswer.Refused refused -> out.error(refused.code() + " " + refused.reason());
    }
  }

  /** HOLDFAST MAINTENANCE ON|OFF|STATUS. */
  void maintenance(List<String> arguments, RespWriter out) {
    String word = arguments.size() == 3 ? arguments.get(2).toUpperCase(Locale.ROOT) : "";
    switch (word) {
      case "ON", "OFF" -> {
        voter.on(new VoterEvent.MaintenanceAsked(word.equals("ON")));
        out.ok();
      }
      case "STATUS" -> out.simple("maintenance " + StatusText.maintenance(voter.state()));
      default -> out.error("ERR expected HOLDFAST MAINTENANCE ON|OFF|STATUS");
    }
  }
}
