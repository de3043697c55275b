package holdfast.proxy.dispatch;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What CLIENT can be asked here, and what is done with it: proxy/COMMANDS.md is made of this. */
enum ClientSubcommand {
  CACHING("kept here, and told to the server just before the next command"),
  CAPA("accepted; to a client there is one master, which redirects nobody"),
  GETNAME("the client's name"),
  GETREDIR("the proxy's number of the client that gets the messages, 0, or -1"),
  ID("the proxy's number of the client"),
  IMPORT_SOURCE(
      "ON is refused, because links are shared: connect to the server; OFF is how it is anyway"),
  INFO("the client's line of CLIENT LIST"),
  KILL("closes clients of this proxy; its links are no clients"),
  LIST("clients of this proxy"),
  NO_EVICT("remembered and shown; the proxy evicts nobody"),
  NO_TOUCH("accepted; links are shared, so reads still count as use"),
  PAUSE("commands of this proxy's clients wait here; other proxies' clients go on"),
  REPLY("replies are dropped here; inside MULTI it is refused"),
  SETINFO("remembered and shown"),
  SETNAME("remembered and shown"),
  TRACKING(
      "on a link of the client's own, which all its commands then take; begun anew, and all keys invalidated, when that link is lost; inside MULTI and while keys are watched it is refused"),
  TRACKINGINFO("answered here, with the proxy's numbers of clients"),
  UNBLOCK("passed on for the link at which that client blocks; inside MULTI it is refused"),
  UNPAUSE("ends PAUSE");

  private static final Map<String, ClientSubcommand> BY_NAME =
      Stream.of(values()).collect(Collectors.toMap(ClientSubcommand::word, Function.identity()));

  private final String how;

  ClientSubcommand(String how) {
    this.how = how;
  }

  /** The one of that name in any case, or null. */
  static @Nullable ClientSubcommand find(String name) {
    return BY_NAME.get(name.toLowerCase(Locale.ROOT));
  }

  /** As in a command, in lower case. */
  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What is done with it, in a few words. */
  String how() {
    return how;
  }
}
