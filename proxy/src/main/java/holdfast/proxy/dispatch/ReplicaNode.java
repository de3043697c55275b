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
 * One replica as one loop sees it: how old its data can be at most. It is asked on a link of the
 * proxy's own, for the users of clients may lack the right; what it tells holds for the process
 * that told it, so reads go there only on links that lead to the same one ({@link ReadLinks}). One
 * loop's thread.
 */
final class ReplicaNode implements Upstream.Listener, ReplyTarget {
  private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final ProxyLoop loop;
  private final NodeAddress address;
  private final OffsetTimeline timeline;
  private final Freshness freshness = new Freshness();
  private final LinkTrouble trouble;
  private @Nullable RunId reporter;
  private @Nullable Upstream link;
  private long retryAtNanos;

  ReplicaNode(ProxyLoop loop, NodeAddress address, OffsetTimeline timeline) {
    this.loop = loop;
    this.address = address;
    this.timeline = timeline;
    this.trouble = new LinkTrouble(loop.logger(), "link for samples of replica");
    this.retryAtNanos = loop.nowNanos();
  }

  NodeAddress address() {
    return address;
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

  /** Whether that is the process whose data is known, and the record names it. */
  boolean isReporter(@Nullable LinkIdentity who) {
    return who != null
        && who.runId().equals(reporter)
        && loop.view().replicas().has(address, who.runId());
  }

  /** Asks how far it is; looks whether it has fallen silent. */
  void ask(ByteBuf infoCommand) {
    long now = loop.nowNanos();
    Upstream to = link;
    if (to == null) {
      if (now - retryAtNanos >= 0 && !loop.isClosing()) {
        link = loop.connect(address, null, ProxyLoop.linkIndex(0, 2), this, null);
      }
    } else if (!to.isReady()) {
      return; // it is being opened
    } else if (to.inFlight() == 0) {
      to.send(infoCommand, 0, infoCommand.writerIndex(), this, 0, 1);
    } else if (now - to.lastHeardNanos() > STALL_NANOS) {
      to.close("silent with a question in flight");
    }
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
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
    // onClosed follows
  }

  void close(String reason) {
    Upstream old = link;
    if (old != null) {
      old.close(reason);
    }
  }

  @Override
  public void onReady(Upstream ready) {
    trouble.over();
  }

  @Override
  public void onClosed(Upstream closed, String reason) {
    if (link == closed) {
      link = null;
      retryAtNanos = loop.nowNanos() + RETRY_NANOS;
      trouble.failed(address, reason);
    }
  }
}
