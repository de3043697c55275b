package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;

/** What a blocked client waits to do (BLPOP, BZPOPMIN, WAIT ...). */
public interface BlockedOperation {
  /** Whether a value of this type under one of its keys is worth trying. */
  boolean wants(ValueType type);

  /**
   * A key it waits for has a value that it wants. Serves the client: reply to {@code call.out()},
   * effect by {@link Call#propagate} (the command itself is not propagated).
   *
   * @param call the blocked command, its arguments as they were
   * @return false if there was nothing for it after all: it goes on waiting
   */
  boolean serve(Call call, byte[] key);

  /** Its time is up, or CLIENT UNBLOCK said so: writes the reply. */
  void timedOut(RespWriter out);

  /** The wait is over, however it ended: served, timed out, unblocked, or the client is gone. */
  default void ended() {}
}
