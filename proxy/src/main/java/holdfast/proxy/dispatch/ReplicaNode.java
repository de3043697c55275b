package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.RunId;
import holdfast.backend.resp.RespReader;
import holdfast.routing.plan.View;
import holdfast.routing.read.Freshness;
import holdfast.routing.read.OffsetTimeline;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One replica as one loop sees it: its shared links, and how old its data can be at most. It is
 * asked on a link that reads use, so that the process that tells is the one that serves; a link to
 * another process of that address is not used. A replica that is silent with reads in flight loses
 * its link, and the reads go elsewhere. One loop's thread.
 */
final class ReplicaNode implements Upstream.Listener, ReplyTarget {
  private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ProxyLoop loop;
  private final NodeAddress address;
  private final OffsetTimeline timeline;
  private final @Nullable Upstream[] links;
  private final Freshness freshness = new Freshness();
  private @Nullable RunId reporter;
  private @Nullable Upstream asked;
  private long retryAtNanos;

  ReplicaNode(ProxyLoop loop, NodeAddress address, int indexes, OffsetTimeline timeline) {
    this.loop = loop;
    this.address = address;
    this.timeline = timeline;
    this.links = new Upstream[indexes];
    this.retryAtNanos = loop.nowNanos();
  }

  /** How old its data can be at most. */
  Freshness freshness() {
    return freshness;
  }

  /** What it told counts no more. */
  void forget() {
    freshness.forget();
    reporter = null;
  }

  /** The link to read on, or null: it is then being opened as far as possible. */
  @Nullable Upstream ready(int index) {
    Upstream link = links[index];
    if (link == null) {
      if (loop.nowNanos() - retryAtNanos >= 0 && !loop.isClosing()) {
        links[index] = loop.connect(address, null, index, this);
      }
      return null;
    }
    return isMember(link) ? link : null;
  }

  /** The same, if it leads to the process whose data is known. */
  @Nullable Upstream readable(int index) {
    Upstream link = ready(index);
    LinkIdentity who = link == null ? null : link.identity();
    return who != null && who.runId().equals(reporter) ? link : null;
  }

  /** Commands under way on that link; negative if no read may go there, for one reason or other. */
  int inFlight(int index, boolean fresh) {
    Upstream link = readable(index);
    return link == null || !fresh || !link.hasRoom() ? -1 : link.inFlight();
  }

  private boolean isMember(Upstream link) {
    LinkIdentity who = link.identity();
    return link.isReady() && who != null && loop.view().replicas().has(address, who.runId());
  }

  /** Asks how far it is, on one of its links; looks whether one has fallen silent. */
  void ask(ByteBuf infoCommand) {
    long now = loop.nowNanos();
    Upstream to = null;
    for (Upstream link : links) {
      if (link == null || !link.isReady()) {
        continue;
      }
      if (link.inFlight() > 0 && now - link.lastHeardNanos() > STALL_NANOS) {
        link.close("silent with reads in flight");
      } else if (to == null && isMember(link)) {
        to = link;
      }
    }
    if (to != null && asked == null) {
      asked = to;
      to.send(infoCommand, 0, infoCommand.writerIndex(), this, 0, 1);
    }
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
    asked = null;
    ReplicationSample sample;
    try {
      sample = ReplicationSample.parse(RespReader.read(in, start, length).text());
    } catch (IllegalArgumentException | IllegalStateException e) {
      from.close("INFO that we do not understand: " + e.getMessage());
      return;
    }
    LinkIdentity who = from.identity();
    if (who != null && counts(who.runId(), sample, loop.view())) {
      reporter = who.runId();
      freshness.reported(sample.offset(), timeline);
    } else {
      forget();
    }
  }

  /** Whether what this process says of itself is about the data of the present master. */
  private boolean counts(RunId runId, ReplicationSample sample, View view) {
    NodeAddress follows = sample.master();
    return view.replicas().has(address, runId)
        && sample.inStep()
        && follows != null
        && follows.equals(view.master())
        && view.replicas().isOf(sample.replicationId())
        && sample.offset() != ReplicationSample.UNKNOWN;
  }

  @Override
  public void onReplyPiece(
      Upstream from, ByteBuf in, int start, int length, int number, boolean last) {
    from.close("INFO of more than it could have");
  }

  @Override
  public void onRefused(Upstream from, Frame request, Frame error, int number) {
    from.close("it refuses INFO");
  }

  @Override
  public void onLost(Upstream from, Frame request, int number, boolean sent) {
    asked = null;
  }

  void close(String reason) {
    for (Upstream link : links) {
      if (link != null) {
        link.close(reason);
      }
    }
  }

  @Override
  public void onReady(Upstream link) {
    loop.logger().debug("replica {} serves reads", address);
  }

  @Override
  public void onClosed(Upstream link, String reason) {
    if (links[link.index()] == link) {
      links[link.index()] = null;
      retryAtNanos = loop.nowNanos() + RETRY_NANOS;
      loop.logger().info("link to replica {}: {}", address, reason);
    }
  }
}
