package holdfast.backend.server;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The end of one turn of the event loop. All sockets that were ready have been read and their
 * commands executed by then; now what that brought goes out, in the order on which durability
 * rests: first the replication stream (log and replicas), then the replies to clients. So a process
 * killed at any moment has acknowledged next to nothing that is not also in its sockets to the
 * replicas and in the log.
 *
 * <p>The acknowledgements of replicas that were in their sockets have been read in the same turn: a
 * socket that is closed with unread input would be reset, and what it still had to send be lost.
 */
final class LoopPass {
  private final EventLoop loop;
  private final BooleanSupplier settleStream;
  private List<ClientConnection> dirty = new ArrayList<>();
  private List<ClientConnection> flushing = new ArrayList<>();
  private boolean scheduled;

  /**
   * @param settleStream writes what the stream has gained to the log and to the replicas' sockets;
   *     false if it is not as safe as clients were promised
   */
  LoopPass(EventLoop loop, BooleanSupplier settleStream) {
    this.loop = loop;
    this.settleStream = settleStream;
  }

  /** This client has something to be flushed. */
  void dirty(ClientConnection client) {
    dirty.add(client);
    due();
  }

  /** The stream has gained something. */
  void due() {
    if (!scheduled) {
      scheduled = true;
      // A task runs when the sockets that were ready have all been read.
      loop.execute(this::run);
    }
  }

  /** Ends the pass at once. */
  void runNow() {
    run();
  }

  private void run() {
    scheduled = false;
    boolean safe = settleStream.getAsBoolean();
    List<ClientConnection> now = dirty;
    dirty = flushing;
    flushing = now;
    for (ClientConnection client : now) {
      if (safe) {
        client.flush();
      } else {
        // Executed, but not kept: the one honest answer is none.
        client.close();
      }
    }
    now.clear();
  }
}
