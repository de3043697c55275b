package holdfast.routing.command;

/** Commands that the proxy treats by name. */
public enum Special {
  NONE,
  MULTI,
  EXEC,
  DISCARD,
  WATCH,
  UNWATCH,
  SUBSCRIBE,
  PSUBSCRIBE,
  SSUBSCRIBE,
  UNSUBSCRIBE,
  PUNSUBSCRIBE,
  SUNSUBSCRIBE,
  MONITOR,
  WAIT,
  PING,
  INFO,
  HELLO,
  AUTH,
  SELECT,
  CLIENT,
  QUIT,
  RESET,
  ROLE,
  HOLDFAST
}
