package holdfast.backend.server;

import holdfast.backend.engine.Propagation;
import holdfast.backend.replication.Backlog;
import holdfast.backend.replication.ReplicationHistory;
import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The one order of everything that changes the data, as bytes: what a master's commands have done,
 * or what a replica gets from its master, passed on unchanged. Its offset counts always, with or
 * without replicas, so the log and every replica speak of the same bytes.
 *
 * <p>Bytes are collected until {@link #settle}, at the latest at the end of the pass, and then
 * given to the backlog, the log and the replicas. The loop's thread only.
 */
final class ReplicationStream implements Propagation {
  /** Takes the bytes of a pass. */
  @FunctionalInterface
  interface Taker {
    /** The array is the stream's own: copy what is needed longer. */
    void take(byte[] bytes, int from, int length);
  }

  private static final int KEPT_BYTES = 4 << 20;

  private final ReplicationHistory history;
  private final Backlog backlog;
  private final List<Taker> takers = new ArrayList<>();
  private final RespWriter writer = new RespWriter(Unpooled.EMPTY_BUFFER, 2);
  private ByteBuf unsettled = Unpooled.buffer(1 << 16);
  private Runnable due = () -> {};
  private boolean keepsBacklog = true;

  /** Which database the stream has selected; -1 if whoever reads it cannot know. */
  private int database = -1;

  private long commands;

  ReplicationStream(ReplicationHistory history, Backlog backlog) {
    this.history = history;
    this.backlog = backlog;
    writer.reset(unsettled, 2);
  }

  /** To be told that there is something to settle. */
  void whenDue(Runnable action) {
    due = action;
  }

  /** Takers are called in the order in which they were added. */
  void addTaker(Taker taker) {
    takers.add(taker);
  }

  ReplicationHistory history() {
    return history;
  }

  Backlog backlog() {
    return backlog;
  }

  /** Whether the last bytes are kept for replicas that come back. */
  boolean keepsBacklog() {
    return keepsBacklog;
  }

  void keepsBacklog(boolean keeps) {
    settle();
    if (keeps != keepsBacklog) {
      keepsBacklog = keeps;
      backlog.clear(history.offset() + 1);
    }
  }

  @Override
  public void propagate(int toDatabase, byte[][] command) {
    if (toDatabase != database) {
      database = toDatabase;
      command(
          "SELECT".getBytes(StandardCharsets.US_ASCII),
          Integer.toString(toDatabase).getBytes(StandardCharsets.US_ASCII));
    }
    command(command);
    commands++;
  }

  /** Which database the stream has selected; -1 if that is not known. */
  int database() {
    return database;
  }

  /** How many commands there have been. */
  long commands() {
    return commands;
  }

  /** A command that belongs to no database: PING, REPLCONF GETACK. */
  void command(byte[]... command) {
    int before = unsettled.writerIndex();
    writer.command(command);
    history.advance(unsettled.writerIndex() - before);
    due.run();
  }

  /** Bytes of our own master's stream, already applied. */
  void pass(ByteBuf bytes, int index, int length) {
    unsettled.writeBytes(bytes, index, length);
    commands++;
    history.advance(length);
    due.run();
  }

  /** The next command says which database it is for: somebody new may be reading. */
  void forgetDatabase() {
    database = -1;
  }

  /** Hands on what has been collected. */
  void settle() {
    int length = unsettled.writerIndex();
    if (length == 0) {
      return;
    }
    byte[] bytes = unsettled.array();
    int from = unsettled.arrayOffset();
    if (keepsBacklog) {
      backlog.append(bytes, from, length);
    } else {
      backlog.clear(history.offset() + 1);
    }
    try {
      for (Taker taker : takers) {
        taker.take(bytes, from, length);
      }
    } finally {
      // Whatever became of them: a second time they would be other bytes of the stream.
      if (unsettled.capacity() > KEPT_BYTES) {
        unsettled = Unpooled.buffer(1 << 16);
        writer.reset(unsettled, 2);
      } else {
        unsettled.clear();
      }
    }
  }

  /** The data was replaced by a master's snapshot: the stream goes on from there. */
  void restart() {
    unsettled.clear();
    backlog.clear(history.offset() + 1);
    forgetDatabase();
  }
}
