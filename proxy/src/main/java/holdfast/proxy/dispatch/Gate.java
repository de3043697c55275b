package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;

/**
 * How much of what a link to the master has received may be handed on: a position in its input
 * stream, nothing per command.
 *
 * <p>Bytes are counted from the link's first. A round of the {@link GroupCommit} marks what has
 * come; once it is confirmed the gate opens up to the mark. A reply of which the first byte had
 * come before is covered whole: it was executed before any of it was sent.
 *
 * <p>While a stream of messages comes on the link the gate stands open: messages acknowledge
 * nothing. One loop's thread.
 */
final class Gate {
  /** A link on which more than this waits is not read from. */
  private static final int WAITING_BYTES_MAX = 4 * 1024 * 1024;

  private final Upstream link;
  private final GroupCommit commits;

  private long received;

  /** A round is under way, or was, for what had come up to here. */
  private long marked;

  /** What began before this may be handed on. */
  private long open;

  /** Until the link is ready nothing on it is a client's. */
  private boolean standsOpen = true;

  /** Something has come behind the mark, which the next round will cover. */
  private boolean listed;

  private boolean full;
  private int waitingBytes;
  private long sinceNanos;
  private long markedSinceNanos;

  Gate(Upstream link, GroupCommit commits) {
    this.link = link;
    this.commits = commits;
  }

  /** From here on replies wait. */
  void begins() {
    standsOpen = false;
    open = received;
    marked = received;
  }

  /** A stream of messages begins or ends. */
  void streams(boolean messages) {
    if (messages) {
      standsOpen = true;
    } else if (standsOpen) {
      begins();
    }
  }

  /** So many more bytes have come. */
  void received(int bytes) {
    received += bytes;
  }

  /** What could be handed on has been. */
  void passed() {
    if (standsOpen) {
      return;
    }
    int unread = link.unreadBytes();
    // The rest of a reply that began before the open end needs no round of its own.
    boolean covered = link.isMidReply() || received - unread < open;
    boolean waits = unread > 0 && !covered;
    if (waits && received > marked && !listed) {
      listed = true;
      sinceNanos = commits.arrived(link);
    }
    waiting(waits ? unread : 0);
    if (waits && !full && (unread > WAITING_BYTES_MAX || commits.isFull())) {
      full = true;
      link.holdBack();
    }
  }

  private void waiting(int bytes) {
    commits.waiting(bytes - waitingBytes);
    waitingBytes = bytes;
  }

  /** Whether so much waits that the link is not read from. */
  boolean isFull() {
    return full;
  }

  /** Whether replies wait behind it. */
  boolean holdsBack() {
    return waitingBytes > 0;
  }

  /** A round begins that covers all that has come. */
  void mark() {
    marked = received;
    markedSinceNanos = sinceNanos;
    listed = false;
  }

  /** When the first byte came that no round before the last {@link #mark} had covered. */
  long sinceNanos() {
    return sinceNanos;
  }

  /** What was marked is confirmed. */
  void open() {
    open = marked;
    full = false;
    link.gateMoved();
  }

  /** How long the first byte of what was marked has waited. */
  long waitedNanos(long nowNanos) {
    return nowNanos - markedSinceNanos;
  }

  /** What was marked is not confirmed, and is waited for no more. */
  void giveUp() {
    link.unconfirmed();
    open = marked;
    full = false;
    link.gateMoved();
  }

  /** The link is closed: nothing waits any more. */
  void closed() {
    standsOpen = true;
    waiting(0);
  }

  /** The index in {@code in}, the link's input, before which replies may begin. */
  int openIn(ByteBuf in) {
    return standsOpen ? in.writerIndex() : indexOf(open, in);
  }

  /** The index in {@code in} of the mark. */
  int markIn(ByteBuf in) {
    return indexOf(marked, in);
  }

  private int indexOf(long position, ByteBuf in) {
    return (int) Math.max(in.readerIndex(), in.writerIndex() - (received - position));
  }
}
