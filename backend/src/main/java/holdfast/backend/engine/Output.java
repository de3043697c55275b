package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;

/**
 * What the engine needs of a client's connection. The shell implements it; the engine calls it on
 * the one thread that executes commands.
 */
public interface Output {
  /**
   * Where replies and pushes go, set to this protocol (2 or 3): this client's own writer, which no
   * other client shares. Asked for anew for each command and each push, so the shell learns that
   * there is something to flush.
   */
  RespWriter writer(int protocol);

  /** Closes at once, dropping what was not sent. */
  void close();

  /** Closes when what was written has been sent; no further command of this client is executed. */
  void closeAfterReply();

  /**
   * The client waited ({@link Client#isWaiting()}: a blocking command, CLIENT PAUSE) and does no
   * more: its next commands may be executed, but not within this call.
   */
  void resume();
}
