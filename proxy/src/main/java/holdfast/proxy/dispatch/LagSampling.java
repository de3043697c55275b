package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespWriter;
import holdfast.routing.plan.Tenure;
import holdfast.routing.plan.View;
import holdfast.routing.read.Latency;
import holdfast.routing.read.OffsetTimeline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps up how far the master is, and has the replicas asked the same, for as long as somebody
 * wants to read from them (PROTOCOL.md, "Staleness"). What the master says counts only if the lease
 * was still held when it arrived, and under a history that the record names: a replica of a deposed
 * master would look fresh beside that master's own words.
 *
 * <p>A connection of its own to the master, one question in flight. One loop's thread.
 */
final class LagSampling implements ReplyTarget, Upstream.Listener {
  /** Nobody has wanted a replica for so long: nobody is asked any more. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** So long after it began, whoever can serve reads has told so. */
  private static final long SETTLED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** The master's word is recent if it is no older than so many turns. */
  private static final int RECENT_TURNS = 5;

  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** How the replicas are asked. */
  interface Replicas {
    /** Asks each how far it is; true if somebody waits for one, or for its answer. */
    boolean ask(ByteBuf infoCommand);

    /** The timeline has grown. */
    void sampled();
  }

  private final ProxyLoop loop;
  private final long turnNanos;
  private final Replicas replicas;
  private final OffsetTimeline timeline = new OffsetTimeline();
  private final Latency latency = new Latency();
  private final ByteBuf infoCommand = Unpooled.buffer();
  private @Nullable Upstream link;
  private boolean ticking;
  private boolean awaited;
  private long askedNanos;
  private long wantedNanos;
  private long retryNanos;

  /** Since when all are asked without a pause, of the present master. */
  private long awakeNanos;

  /** When the last question was asked whose answer counted. */
  private long heardNanos;

  LagSampling(ProxyLoop loop, Duration turn, Replicas replicas) {
    this.loop = loop;
    this.turnNanos = turn.toNanos();
    this.replicas = replicas;
    this.retryNanos = loop.nowNanos();
    this.awakeNanos = retryNanos;
    this.heardNanos = retryNanos;
    new RespWriter(infoCommand, 2).command("INFO", "replication");
  }

  OffsetTimeline timeline() {
    return timeline;
  }

  /** Another master, or the same in another epoch: nothing that was told before counts. */
  void newMaster() {
    timeline.clear();
    latency.forget();
    awakeNanos = loop.nowNanos();
    heardNanos = awakeNanos;
    Upstream old = link;
    link = null;
    if (old != null) {
      old.close("the master is another");
    }
    retryNanos = loop.nowNanos();
  }

  /** Somebody would read from a replica now. */
  void wanted(long nowNanos) {
    wantedNanos = nowNanos;
    if (!ticking) {
      awakeNanos = nowNanos;
      tick();
    }
  }

  /** Whether all have been asked for so long that who is fit has told so. */
  boolean isSettled(long nowNanos) {
    return ticking && nowNanos - awakeNanos > SETTLED_NANOS;
  }

  /** Whether the master's word is recent, so that a replica without it is to blame itself. */
  boolean isCurrent(long nowNanos) {
    long recent = RECENT_TURNS * turnNanos;
    return nowNanos - awakeNanos >= recent && nowNanos - heardNanos <= recent;
  }

  /** How long the master takes to answer. */
  long masterLatencyNanos() {
    return latency.nanos();
  }

  private void tick() {
    ticking = false;
    long now = loop.nowNanos();
    if (loop.isClosing() || now - wantedNanos > IDLE_NANOS) {
      return;
    }
    askMaster(now);
    if (replicas.ask(infoCommand)) {
      wantedNanos = now;
    }
    ticking = true;
    loop.schedule(this::tick, turnNanos, TimeUnit.NANOSECONDS);
  }

  private void askMaster(long now) {
    Upstream to = link;
    if (to == null) {
      connect(now);
    } else if (awaited) {
      latency.open(now - askedNanos);
      if (now - askedNanos > SILENT_NANOS) {
        to.close("silent with a question in flight");
      }
    } else if (to.isReady()) {
      awaited = true;
      askedNanos = now;
      to.send(infoCommand, 0, infoCommand.writerIndex(), this, 0, 1);
    }
  }

  private void connect(long now) {
    View view = loop.view();
    if (view.master() != null && now - retryNanos >= 0) {
      awaited = false;
      link = loop.connectUnconfirmed(view.master(), view.tenure(), this);
    }
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
    if (from != link) {
      return;
    }
    awaited = false;
    latency.answered(loop.nowNanos() - askedNanos);
    ReplicationSample sample;
    try {
      sample = ReplicationSample.parse(RespReader.read(in, start, length).text());
    } catch (IllegalArgumentException | IllegalStateException e) {
      from.close("INFO that we do not understand: " + e.getMessage());
      return;
    }
    View view = loop.view();
    Tenure tenure = view.tenure();
    if (from.tenure() == tenure
        && tenure.heldAt(loop.nowNanos())
        && sample.isMaster()
        && view.replicas().isOf(sample.replicationId())) {
      timeline.add(askedNanos, sample.offset());
      heardNanos = askedNanos;
      replicas.sampled();
    }
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

  @Override
  public void onReady(Upstream ready) {
    // The next tick asks.
  }

  @Override
  public void onClosed(Upstream closed, String reason) {
    if (link == closed) {
      link = null;
      awaited = false;
      retryNanos = loop.nowNanos() + RETRY_NANOS;
      loop.logger().debug("link for samples of the master: {}", reason);
    }
  }
}
