package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.RunId;
import holdfast.backend.resp.RespReader;
import holdfast.routing.plan.View;
import holdfast.routing.read.Freshness;
import holdfast.routing.read.Latency;
import holdfast.routing.read.OffsetTimeline;
import holdfast.routing.read.ReadSettings;
import holdfast.routing.read.Rotation;
import holdfast.routing.read.Rotation.Reason;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One replica as one loop sees it: how old its data can be at most, how long it takes to answer,
 * and whether it is in the rotation. It is asked on a link of the proxy's own, for the users of
 * clients may lack the right; what it tells holds for the process that told it, so reads go there
 * only on links that lead to the same one ({@link ReadLinks}). One loop's thread.
 */
final class ReplicaNode implements Upstream.Listener, ReplyTarget {
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** A question that is open for so long says that the replica is silent. */
  private static final long SILENT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ProxyLoop loop;
  private final NodeAddress address;
  private final OffsetTimeline timeline;
  private final Freshness freshness = new Freshness();
  private final Latency latency = new Latency();
  private final Rotation rotation;
  private final ReplicaFigures figures;
  private final LinkTrouble trouble;
  private final int weight;
  private final boolean near;
  private @Nullable RunId reporter;
  private @Nullable Upstream link;
  private boolean told;
  private long askedNanos;
  private long retryAtNanos;

  /** Weight and share in the rotation, as of the last look. */
  private int pull;

  private int share;
  private boolean returning;

  ReplicaNode(ProxyLoop loop, NodeAddress address, OffsetTimeline timeline) {
    this.loop = loop;
    this.address = address;
    this.timeline = timeline;
    this.trouble = new LinkTrouble(loop.logger(), "link for samples of replica");
    this.figures = new ReplicaFigures(address);
    this.rotation = new Rotation(loop.nowNanos());
    this.retryAtNanos = loop.nowNanos();
    ReadSettings reads = loop.settings().reads();
    this.weight = reads.weightOf(address);
    this.near = reads.isNear(address);
  }

  NodeAddress address() {
    return address;
  }

  /** How old its data can be at most. */
  Freshness freshness() {
    return freshness;
  }

  ReplicaFigures figures() {
    return figures;
  }

  boolean isNear() {
    return near;
  }

  /** Its share in the rotation. */
  int share() {
    return share;
  }

  /** Whether that is still growing. */
  boolean isReturning() {
    return returning;
  }

  /** Its weight in the choice where nobody is in the rotation: 0 if it is not well. */
  int reservePull() {
    return rotation.isWell() ? weight * Rotation.WHOLE : 0;
  }

  /** Its weight in the choice; 0 if it must not serve reads. */
  int pull() {
    return pull;
  }

  long latencyNanos() {
    return latency.nanos();
  }

  /** What it told counts no more. */
  void forget() {
    freshness.forget();
    reporter = null;
    told = false;
  }

  /** The record is another: the process that reported may not be in it. */
  void viewChanged(View view) {
    if (reporter != null && !view.replicas().has(address, reporter)) {
      forget();
    }
  }

  /** Whether that is the process whose data is known; the record names it. */
  boolean isReporter(@Nullable LinkIdentity who) {
    return who != null && who.runId().equals(reporter);
  }

  // ---- the rotation

  /** Reads were not answered there. */
  void failed() {
    rotation.failed(loop.nowNanos());
    settle(loop.nowNanos());
  }

  /**
   * Looks whether it may serve reads.
   *
   * @param knowsMaster whether the master's word is so recent that a replica which lags behind it
   *     is to blame
   * @param fastestNanos how long the fastest node takes to answer
   */
  void look(long nowNanos, boolean knowsMaster, long fastestNanos) {
    rotation.looked(seen(nowNanos, knowsMaster, fastestNanos), nowNanos);
    settle(nowNanos);
    figures.data(freshness.ageMillis(nowNanos), freshness.lagBytes(), latency.nanos());
  }

  private Reason seen(long nowNanos, boolean knowsMaster, long fastestNanos) {
    Upstream asked = link;
    if (asked == null || !asked.isReady()) {
      return Reason.DOWN;
    }
    long silentNanos = Math.max(SILENT_NANOS, 5 * loop.settings().reads().sampling().toNanos());
    if (asked.inFlight() > 0 && nowNanos - askedNanos > silentNanos) {
      return Reason.SILENT;
    }
    if (reporter == null) {
      return told ? Reason.NOT_IN_STEP : Reason.UNKNOWN;
    }
    if (knowsMaster && !freshness.isWithin(nowNanos, loop.settings().widestReads())) {
      return Reason.BEHIND;
    }
    long slowNanos = loop.settings().reads().slowAfter().toNanos();
    return Latency.isSlow(latency.nanos(), fastestNanos, slowNanos) ? Reason.SLOW : Reason.NONE;
  }

  private void settle(long nowNanos) {
    boolean was = share > 0;
    share = rotation.share(nowNanos);
    returning = rotation.isReturning(nowNanos);
    pull = weight * share;
    figures.rotation(share, rotation.reason());
    if (was != share > 0) {
      loop.logger().debug("replica {}: share {}, {}", address, share, rotation.reason());
    }
  }

  // ---- questions

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
      askedNanos = now;
      to.send(infoCommand, 0, infoCommand.writerIndex(), this, 0, 1);
    } else {
      latency.open(now - askedNanos);
      if (now - to.silentSinceNanos() > loop.settings().reads().timeLimit().toNanos()) {
        to.close("silent with a question in flight");
      }
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
    latency.answered(loop.nowNanos() - askedNanos);
    LinkIdentity who = from.identity();
    if (who != null && counts(who.runId(), sample, loop.view())) {
      reporter = who.runId();
      freshness.reported(sample.offset(), timeline);
    } else {
      forget();
    }
    told = true;
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
      latency.forget();
      retryAtNanos = loop.nowNanos() + RETRY_NANOS;
      trouble.failed(address, reason);
    }
  }
}
