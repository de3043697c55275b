package holdfast.proxy.session;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one client has asked of CLIENT TRACKING and CLIENT CACHING, which the proxy keeps for it so
 * that it can be asked for again at another server: checked in Redis's order, refused in Redis's
 * words. Source: Redis {@code networking.c} clientCommand, {@code tracking.c} enableTracking.
 *
 * <p>Prefixes are bounded in number and bytes. Pure; one thread.
 */
public final class Tracking {
  /** How many prefixes one client may have. */
  public static final int PREFIXES_MAX = 1_000;

  /** Bytes of all its prefixes. */
  public static final int PREFIX_BYTES_MAX = 64 * 1024;

  private static final String OTHER_MODE =
      " before disabling tracking for this client, and then re-enabling it with a different mode.";

  /**
   * The words of one CLIENT TRACKING ON.
   *
   * @param redirect the client that gets the messages; 0 for the one that asks
   */
  public record Asked(
      boolean broadcast,
      boolean optIn,
      boolean optOut,
      boolean noLoop,
      long redirect,
      List<byte[]> prefixes) {
    /** Copies the list. */
    public Asked {
      prefixes = List.copyOf(prefixes);
    }
  }

  private final Set<byte[]> prefixes;

  private boolean on;
  private Asked mode = new Asked(false, false, false, false, 0, List.of());
  private boolean redirectBroken;
  private boolean caching;
  private int prefixBytes;

  /** Off. */
  public Tracking() {
    prefixes = new TreeSet<>(Arrays::compareUnsigned);
  }

  /** As another is now. */
  public Tracking(Tracking other) {
    this();
    prefixes.addAll(other.prefixes);
    on = other.on;
    mode = other.mode;
    redirectBroken = other.redirectBroken;
    caching = other.caching;
    prefixBytes = other.prefixBytes;
  }

  // ---- what it is

  public boolean isOn() {
    return on;
  }

  /** Whether every change of keys with its prefixes is told, read or not. */
  public boolean isBroadcast() {
    return on && mode.broadcast;
  }

  /** Whether only what CLIENT CACHING YES announces is tracked. */
  public boolean isOptIn() {
    return on && mode.optIn;
  }

  /** Who gets the messages: 0 for the client itself, -1 while tracking is off. */
  public long redirect() {
    return on ? mode.redirect : -1;
  }

  /** In the order in which Redis tells them. */
  public List<byte[]> prefixes() {
    return List.copyOf(prefixes);
  }

  /** As CLIENT TRACKINGINFO names them. */
  public List<String> flags() {
    var flags = new ArrayList<String>();
    flags.add(on ? "on" : "off");
    add(flags, mode.broadcast, "bcast");
    add(flags, mode.optIn, "optin");
    add(flags, mode.optIn && caching, "caching-yes");
    add(flags, mode.optOut, "optout");
    add(flags, mode.optOut && caching, "caching-no");
    add(flags, mode.noLoop, "noloop");
    add(flags, redirectBroken, "broken_redirect");
    return flags;
  }

  private static void add(List<String> flags, boolean is, String name) {
    if (is) {
      flags.add(name);
    }
  }

  /** As CLIENT LIST shows them. */
  public String letters() {
    return on ? "t" + (redirectBroken ? "R" : "") + (mode.broadcast ? "B" : "") : "";
  }

  // ---- CLIENT TRACKING

  /** Why that cannot be turned on, or null. */
  public @Nullable String refusal(Asked asked) {
    if (!asked.broadcast && !asked.prefixes.isEmpty()) {
      return "ERR PREFIX option requires BCAST mode to be enabled";
    }
    if (on && asked.broadcast != mode.broadcast) {
      return "ERR You can't switch BCAST mode on/off" + OTHER_MODE;
    }
    if (asked.broadcast && (asked.optIn || asked.optOut)) {
      return "ERR OPTIN and OPTOUT are not compatible with BCAST";
    }
    if (asked.optIn && asked.optOut) {
      return "ERR You can't specify both OPTIN mode and OPTOUT mode";
    }
    if (on && ((asked.optIn && mode.optOut) || (asked.optOut && mode.optIn))) {
      return "ERR You can't switch OPTIN/OPTOUT mode" + OTHER_MODE;
    }
    return ofPrefixes(asked.prefixes);
  }

  private @Nullable String ofPrefixes(List<byte[]> asked) {
    long bytes = prefixBytes;
    for (byte[] each : asked) {
      bytes += each.length;
    }
    if (prefixes.size() + asked.size() > PREFIXES_MAX || bytes > PREFIX_BYTES_MAX) {
      // First: to compare them all would take long.
      return "ERR more than "
          + PREFIXES_MAX
          + " prefixes, or "
          + PREFIX_BYTES_MAX
          + " bytes of them, on one connection";
    }
    for (int i = 0; i < asked.size(); i++) {
      for (byte[] existing : prefixes) {
        if (overlap(asked.get(i), existing)) {
          return overlapping(asked.get(i), "an existing", existing);
        }
      }
      for (int j = i + 1; j < asked.size(); j++) {
        if (overlap(asked.get(i), asked.get(j))) {
          return overlapping(asked.get(i), "another provided", asked.get(j));
        }
      }
    }
    return null;
  }

  private static boolean overlap(byte[] one, byte[] other) {
    int common = Math.min(one.length, other.length);
    return Arrays.equals(one, 0, common, other, 0, common);
  }

  private static String overlapping(byte[] prefix, String which, byte[] other) {
    return "ERR Prefix '"
        + text(prefix)
        + "' overlaps with "
        + which
        + " prefix '"
        + text(other)
        + "'. Prefixes for a single client must not overlap.";
  }

  private static String text(byte[] prefix) {
    return new String(prefix, StandardCharsets.UTF_8);
  }

  /** Turns on what {@link #refusal} says nothing against; prefixes come on top of those before. */
  public void turnOn(Asked asked) {
    on = true;
    mode = asked;
    redirectBroken = false;
    List<byte[]> added =
        asked.broadcast && asked.prefixes.isEmpty() ? List.of(new byte[0]) : asked.prefixes;
    for (byte[] each : added) {
      if (prefixes.add(each)) {
        prefixBytes += each.length;
      }
    }
  }

  /** CLIENT TRACKING OFF, RESET. */
  public void turnOff() {
    on = false;
    mode = new Asked(false, false, false, false, 0, List.of());
    redirectBroken = false;
    caching = false;
    prefixes.clear();
    prefixBytes = 0;
  }

  /** The client that gets the messages is gone, or (false) is there. */
  public void redirectBroken(boolean isBroken) {
    redirectBroken = isBroken;
  }

  /**
   * The commands that bring a new connection to where this is; one more if the prefix of nothing,
   * which overlaps with each other, was added to others.
   *
   * @param redirect what the server calls the connection that gets the messages; 0 for none
   */
  public List<List<byte[]>> commands(long redirect) {
    var commands = new ArrayList<List<byte[]>>();
    List<byte[]> named = prefixes.stream().filter(each -> each.length > 0).toList();
    if (!named.isEmpty()) {
      commands.add(command(redirect, named));
    }
    if (named.isEmpty() || named.size() < prefixes.size()) {
      commands.add(command(redirect, List.of()));
    }
    return commands;
  }

  /**
   * The command that turns it on, or adds to it.
   *
   * @param redirect what the server calls the connection that gets the messages; 0 for none
   */
  public List<byte[]> command(long redirect, List<byte[]> named) {
    var words = new ArrayList<byte[]>();
    addWords(words, true, "CLIENT", "TRACKING", "ON");
    addWords(words, redirect != 0, "REDIRECT", Long.toString(redirect));
    addWords(words, mode.broadcast, "BCAST");
    addWords(words, mode.optIn, "OPTIN");
    addWords(words, mode.optOut, "OPTOUT");
    addWords(words, mode.noLoop, "NOLOOP");
    for (byte[] each : named) {
      addWords(words, true, "PREFIX");
      words.add(each);
    }
    return words;
  }

  private static void addWords(List<byte[]> to, boolean is, String... words) {
    for (int i = 0; is && i < words.length; i++) {
      to.add(words[i].getBytes(StandardCharsets.US_ASCII));
    }
  }

  // ---- CLIENT CACHING

  /** CLIENT CACHING YES or NO: why not, or null and the next command is as it says. */
  public @Nullable String caching(boolean yes) {
    if (!on) {
      return "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN"
          + " or OPTOUT mode enabled";
    }
    if (yes && !mode.optIn) {
      return "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
    }
    if (!yes && !mode.optOut) {
      return "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
    }
    caching = true;
    return null;
  }

  /** Whether the next command is treated otherwise than the mode says. */
  public boolean isCaching() {
    return caching;
  }

  /** That command was taken. */
  public void cachingOver() {
    caching = false;
  }
}
