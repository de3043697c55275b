package holdfast.health.failover;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A voter's connections to backends in the name of one epoch, over which alone it commands them.
 *
 * <p>Order matters (PROTOCOL.md, "A leader's connection"): connect; name the connection after the
 * epoch, <em>answered</em>; then have a majority say that it has voted in no later epoch; then the
 * first command. So whoever leads a later epoch finds every connection that could still command a
 * backend by its name, and kills it before it reads where the backend stands. Confirmations go in
 * rounds: a connection may be used once a majority has confirmed a round that began after the
 * connection was named. A backend is <em>claimed</em> once earlier leaders' connections to it were
 * killed in this epoch: from then on, whatever process runs there, no earlier leader can command
 * it. Immutable.
 *
 * @param claimed backends at which that was done by this voter
 */
public record LeaderLinks(
    long epoch,
    List<Link> links,
    long round,
    long askedNanos,
    List<Ack> acks,
    List<NodeAddress> claimed) {
  /** State of one connection. */
  public enum Status {
    CLOSED,
    OPENING,
    NAMED
  }

  /**
   * One connection.
   *
   * @param sinceRound the first round that counts for it, once it is named
   * @param retryNanos when it may be opened again after a failure
   */
  public record Link(NodeAddress backend, Status status, long sinceRound, long retryNanos) {}

  /** The highest round that this voter has confirmed. */
  public record Ack(NodeId voter, long round) {}

  /** Copies the lists. */
  public LeaderLinks {
    links = List.copyOf(links);
    acks = List.copyOf(acks);
    claimed = List.copyOf(claimed);
  }

  /** No connections yet in the name of this epoch. */
  public static LeaderLinks of(long epoch, List<NodeAddress> backends, long nowNanos) {
    var links = new ArrayList<Link>(backends.size());
    for (NodeAddress backend : backends) {
      links.add(new Link(backend, Status.CLOSED, 0, nowNanos));
    }
    return new LeaderLinks(epoch, links, 0, nowNanos, List.of(), List.of());
  }

  /** With these backends too, of a later record than the one it began with. */
  public LeaderLinks including(List<NodeAddress> backends, long nowNanos) {
    var next = new ArrayList<>(links);
    for (NodeAddress backend : backends) {
      if (link(backend) == null) {
        next.add(new Link(backend, Status.CLOSED, 0, nowNanos));
      }
    }
    return next.size() == links.size()
        ? this
        : new LeaderLinks(epoch, next, round, askedNanos, acks, claimed);
  }

  /** The state of the connection to this backend. */
  public @Nullable Link link(NodeAddress backend) {
    for (Link link : links) {
      if (link.backend().equals(backend)) {
        return link;
      }
    }
    return null;
  }

  /** Whether a connection is to be opened now. */
  public boolean mayOpen(NodeAddress backend, long nowNanos) {
    Link link = link(backend);
    return link != null && link.status() == Status.CLOSED && nowNanos - link.retryNanos() >= 0;
  }

  /** The connection is being opened. */
  public LeaderLinks opening(NodeAddress backend) {
    return with(backend, Status.OPENING, 0, 0);
  }

  /** The connection carries its name; it waits for a round that begins from now on. */
  public LeaderLinks named(NodeAddress backend) {
    Link link = link(backend);
    return link == null || link.status() != Status.OPENING
        ? this
        : with(backend, Status.NAMED, round + 1, 0);
  }

  /** The connection is gone. */
  public LeaderLinks closed(NodeAddress backend, long retryNanos) {
    return with(backend, Status.CLOSED, 0, retryNanos);
  }

  /** A new round begins; the caller asks all voters. */
  public LeaderLinks asked(long nowNanos) {
    return new LeaderLinks(epoch, links, round + 1, nowNanos, acks, claimed);
  }

  /** A voter confirmed a round. */
  public LeaderLinks confirmed(NodeId voter, long confirmedRound) {
    var latest = new TreeMap<NodeId, Long>();
    acks.forEach(ack -> latest.put(ack.voter(), ack.round()));
    latest.merge(voter, Math.min(confirmedRound, round), Math::max);
    var next = new ArrayList<Ack>(latest.size());
    latest.forEach((id, value) -> next.add(new Ack(id, value)));
    return new LeaderLinks(epoch, links, round, askedNanos, next, claimed);
  }

  /** Earlier leaders' connections to this backend were killed. */
  public LeaderLinks claimed(NodeAddress backend) {
    if (claimed.contains(backend)) {
      return this;
    }
    var next = new ArrayList<>(claimed);
    next.add(backend);
    return new LeaderLinks(epoch, links, round, askedNanos, acks, next);
  }

  /** Whether this voter did that. */
  public boolean hasClaimed(NodeAddress backend) {
    return claimed.contains(backend);
  }

  /**
   * For the record that this epoch now has: with its backends, and with the confirmations of its
   * voters alone.
   */
  public LeaderLinks accepted(AcceptedRecord record, long nowNanos) {
    var all = new ArrayList<>(links);
    for (AcceptedRecord.BackendEntry entry : record.backends()) {
      if (link(entry.address()) == null) {
        all.add(new Link(entry.address(), Status.CLOSED, 0, nowNanos));
      }
    }
    var voters = acks.stream().filter(ack -> record.hasVoter(ack.voter())).toList();
    return new LeaderLinks(epoch, all, round, askedNanos, voters, claimed);
  }

  /** Whether a connection waits for a round that has not been asked for. */
  public boolean needsRound() {
    for (Link link : links) {
      if (link.status() == Status.NAMED && link.sinceRound() > round) {
        return true;
      }
    }
    return false;
  }

  /** Whether a connection waits for answers. */
  public boolean awaitsMajority(Majorities majorities) {
    for (Link link : links) {
      if (link.status() == Status.NAMED && !usable(link.backend(), majorities)) {
        return true;
      }
    }
    return false;
  }

  /** Whether commands may go out on this connection. */
  public boolean usable(NodeAddress backend, Majorities majorities) {
    Link link = link(backend);
    if (link == null || link.status() != Status.NAMED) {
      return false;
    }
    var confirmed = new ArrayList<NodeId>(acks.size());
    for (Ack ack : acks) {
      if (ack.round() >= link.sinceRound()) {
        confirmed.add(ack.voter());
      }
    }
    return majorities.areReachedBy(confirmed);
  }

  private LeaderLinks with(NodeAddress backend, Status status, long sinceRound, long retryNanos) {
    var next = new ArrayList<Link>(links.size());
    for (Link link : links) {
      next.add(
          link.backend().equals(backend)
              ? new Link(backend, status, sinceRound, retryNanos)
              : link);
    }
    return new LeaderLinks(epoch, next, round, askedNanos, acks, claimed);
  }
}
