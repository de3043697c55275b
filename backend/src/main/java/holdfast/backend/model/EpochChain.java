package holdfast.backend.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The records of all epochs, as far as they are needed to compare the data of backends: which epoch
 * does data belong to that shows a certain replication id and offset?
 *
 * <p>Each link names the epoch whose data its master had when it was promoted, so the links form a
 * tree (an epoch may have been promoted from older data than that of the epoch before it). Data
 * shown under a replication id of epoch e that has not reached e's start offset belongs to e's
 * base, or to that one's base, and so on: a replica takes the new id before it has one byte of it.
 * Immutable; ordered by epoch, the latest last.
 */
public record EpochChain(List<Link> links) {
  /** Epochs that are remembered; data of older ones is unknown, which never makes it win. */
  public static final int LINKS_MAX = 256;

  private static final EpochChain EMPTY = new EpochChain(List.of());

  /** What is kept of the record of one epoch. */
  public record Link(
      long epoch, long baseEpoch, long startOffset, List<ReplicationId> replicationIds) {
    /** Copies the list and checks the order of epochs. */
    public Link {
      replicationIds = List.copyOf(replicationIds);
      if (baseEpoch < 0 || baseEpoch >= epoch || startOffset < 0 || replicationIds.isEmpty()) {
        throw new IllegalArgumentException(
            "link of epoch " + epoch + " with base " + baseEpoch + ", start " + startOffset);
      }
    }

    /** What is kept of this record. */
    public static Link of(AcceptedRecord record) {
      return new Link(
          record.epoch(), record.baseEpoch(), record.startOffset(), record.replicationIds());
    }

    private Link merged(Link other) {
      if (baseEpoch != other.baseEpoch
          || startOffset != other.startOffset
          || !replicationIds.getFirst().equals(other.replicationIds.getFirst())) {
        throw new IllegalStateException("two records of one epoch: " + this + " and " + other);
      }
      return replicationIds.containsAll(other.replicationIds)
          ? this
          : new Link(
              epoch, baseEpoch, startOffset, Growing.union(replicationIds, other.replicationIds));
    }
  }

  /** Where data stands: comparable by epoch, then by offset. */
  public record Position(long epoch, long offset) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byEpoch = Long.compare(epoch, other.epoch);
      return byEpoch != 0 ? byEpoch : Long.compare(offset, other.offset);
    }
  }

  /** Copies the list and checks its order. */
  public EpochChain {
    links = List.copyOf(links);
    for (int i = 1; i < links.size(); i++) {
      if (links.get(i - 1).epoch() >= links.get(i).epoch()) {
        throw new IllegalArgumentException("chain out of order at epoch " + links.get(i).epoch());
      }
    }
  }

  /** A chain without epochs. */
  public static EpochChain empty() {
    return EMPTY;
  }

  /** The latest epoch, 0 if there is none. */
  public long latestEpoch() {
    return links.isEmpty() ? 0 : links.getLast().epoch();
  }

  /** This chain and the record's link. */
  public EpochChain with(AcceptedRecord record) {
    return merged(new EpochChain(List.of(Link.of(record))));
  }

  /** The union of two chains, cut to the latest {@link #LINKS_MAX}. */
  public EpochChain merged(EpochChain other) {
    if (other.links.isEmpty() || links.equals(other.links)) {
      return this;
    }
    var merged = new ArrayList<Link>(links.size() + 1);
    int mine = 0;
    int theirs = 0;
    while (mine < links.size() || theirs < other.links.size()) {
      if (theirs == other.links.size()) {
        merged.add(links.get(mine++));
      } else if (mine == links.size()) {
        merged.add(other.links.get(theirs++));
      } else {
        Link a = links.get(mine);
        Link b = other.links.get(theirs);
        merged.add(a.epoch() == b.epoch() ? a.merged(b) : a.epoch() < b.epoch() ? a : b);
        mine += a.epoch() <= b.epoch() ? 1 : 0;
        theirs += b.epoch() <= a.epoch() ? 1 : 0;
      }
    }
    int surplus = Math.max(0, merged.size() - LINKS_MAX);
    return new EpochChain(merged.subList(surplus, merged.size()));
  }

  /**
   * Where a backend's data stands.
   *
   * @return null if the chain does not tell: an unknown history, or an offset that says nothing
   */
  public @Nullable Position positionOf(NodeInfo info) {
    long offset = info.dataOffset();
    if (offset < 0) {
      return null;
    }
    Position direct = position(info.replicationId(), offset);
    ReplicationId second = info.secondReplicationId();
    if (direct != null || second == null) {
      return direct;
    }
    // Promoted by a leader that died before it was recorded: what came before is known.
    return position(second, Math.min(offset, info.secondOffset() - 1));
  }

  /** Where data stands that shows this id and offset; null if the id is unknown. */
  public @Nullable Position position(ReplicationId id, long offset) {
    for (int i = links.size() - 1; i >= 0; i--) {
      if (links.get(i).replicationIds().contains(id)) {
        return settled(i, offset);
      }
    }
    return null;
  }

  private @Nullable Position settled(int index, long offset) {
    int i = index;
    while (i >= 0) {
      Link link = links.get(i);
      if (offset >= link.startOffset()) {
        return new Position(link.epoch(), offset);
      }
      i = indexOf(link.baseEpoch());
    }
    return null;
  }

  /** The largest offset that {@link #commonOffset} answers: all of it is common. */
  public static final long ALL_COMMON = Long.MAX_VALUE;

  /**
   * Up to where data that stands here and the data of the master of {@code epoch} are the same: the
   * two follow one way through the epochs to where one of them left it. What the data has beyond
   * that offset, now or later, is a divergent tail.
   *
   * @return {@link #ALL_COMMON} if it is a beginning of the epoch's data; -1 if the chain does not
   *     tell
   */
  public long commonOffset(Position position, long epoch) {
    // Both ways lead down to ever earlier epochs; where they meet, the smaller exit counts.
    int mine = indexOf(position.epoch());
    int theirs = indexOf(epoch);
    long myExit = ALL_COMMON;
    long theirExit = ALL_COMMON;
    while (mine >= 0 && theirs >= 0 && mine != theirs) {
      if (mine > theirs) {
        myExit = Math.min(myExit, links.get(mine).startOffset());
        mine = indexOf(links.get(mine).baseEpoch());
      } else {
        theirExit = Math.min(theirExit, links.get(theirs).startOffset());
        theirs = indexOf(links.get(theirs).baseEpoch());
      }
    }
    return mine == theirs && mine >= 0 ? Math.min(myExit, theirExit) : -1;
  }

  private int indexOf(long epoch) {
    for (int i = links.size() - 1; i >= 0; i--) {
      if (links.get(i).epoch() == epoch) {
        return i;
      }
    }
    return -1;
  }
}
