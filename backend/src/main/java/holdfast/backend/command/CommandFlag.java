package holdfast.backend.command;

import org.jspecify.annotations.Nullable;

/** The flags of a command as {@code COMMAND} names them (Redis 7). */
public enum CommandFlag {
  WRITE("write"),
  READONLY("readonly"),
  DENYOOM("denyoom"),
  ADMIN("admin"),
  PUBSUB("pubsub"),
  NOSCRIPT("noscript"),
  BLOCKING("blocking"),
  LOADING("loading"),
  STALE("stale"),
  SKIP_MONITOR("skip_monitor"),
  SKIP_SLOWLOG("skip_slowlog"),
  ASKING("asking"),
  FAST("fast"),
  NO_AUTH("no_auth"),
  MAY_REPLICATE("may_replicate"),
  NO_MANDATORY_KEYS("no_mandatory_keys"),
  MOVABLEKEYS("movablekeys"),
  ALLOW_BUSY("allow_busy"),
  NO_ASYNC_LOADING("no_async_loading"),
  NO_MULTI("no_multi"),
  MODULE("module");

  private final String wireName;

  CommandFlag(String wireName) {
    this.wireName = wireName;
  }

  /** As it stands in a reply. */
  public String wireName() {
    return wireName;
  }

  /** One bit of an int, for sets of flags that are asked for with each command. */
  @SuppressWarnings("EnumOrdinal") // never leaves this process, so the order may change
  int bit() {
    return 1 << ordinal();
  }

  /** The flag of this name, or null: a newer server may know flags that we do not. */
  public static @Nullable CommandFlag of(String wireName) {
    for (CommandFlag flag : values()) {
      if (flag.wireName.equals(wireName)) {
        return flag;
      }
    }
    return null;
  }
}
