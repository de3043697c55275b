package holdfast.backend.testing;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.resp.RespLimits;
import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A voter that does as it is told: grants or refuses, and tells what it was asked. */
public final class FakeVoter implements AutoCloseable {
  private static final long LEASE_NANOS = 400_000_000;

  private final Channel listener;
  private final List<Channel> accepted = new CopyOnWriteArrayList<>();
  private final List<Waiting> watchers = new CopyOnWriteArrayList<>();
  public final List<NodeAddress> hints = new CopyOnWriteArrayList<>();
  public final Set<Long> givenUpBelow = ConcurrentHashMap.newKeySet();
  private volatile @Nullable AcceptedRecord record;
  private volatile long voted;
  private volatile boolean planned;
  private volatile boolean granting = true;
  private volatile long leaseNanos = LEASE_NANOS;
  private final AtomicInteger leasesAsked = new AtomicInteger();

  private record Waiting(ChannelHandlerContext context, LeaseRequest.Watch request) {}

  public FakeVoter(EventLoops loops) {
    listener =
        loops
            .listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                SocketOptions.STANDARD,
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                    channel.pipeline().addLast(new Commands());
                  }
                })
            .syncUninterruptibly()
            .channel();
  }

  public NodeAddress address() {
    return new NodeAddress("127.0.0.1", ((InetSocketAddress) listener.localAddress()).getPort());
  }

  public void accept(AcceptedRecord accepted) {
    record = accepted;
    voted = Math.max(voted, accepted.epoch());
    planned = false;
    wakeWatchers();
  }

  public void vote(long epoch) {
    voted = epoch;
    wakeWatchers();
  }

  /** Votes in this epoch for a planned switchover. */
  public void votePlanned(long epoch) {
    planned = true;
    vote(epoch);
  }

  /** Connections since it began to listen. */
  public int connections() {
    return accepted.size();
  }

  /** Leases that were asked for. */
  public int leasesAsked() {
    return leasesAsked.get();
  }

  /** Grants for so long from now on. */
  public void granting(long nanos) {
    leaseNanos = nanos;
  }

  public void granting(boolean grants) {
    granting = grants;
  }

  /** Whether a holder watches that says it was shown this record last. */
  public boolean hasShown(AcceptedRecord shown) {
    return watchers.stream()
        .anyMatch(each -> each.request.shownFingerprint() == shown.fingerprint());
  }

  private void wakeWatchers() {
    for (Waiting waiting : watchers) {
      watchers.remove(waiting);
      waiting.context.executor().execute(() -> answer(waiting.context, waiting.request));
    }
  }

  @Override
  public void close() {
    listener.close().syncUninterruptibly();
    accepted.forEach(channel -> channel.close().syncUninterruptibly());
  }

  private void answer(ChannelHandlerContext context, LeaseRequest request) {
    AcceptedRecord known = record;
    switch (request) {
      case LeaseRequest.GaveUp(var holder, long below, boolean ends) -> {
        givenUpBelow.add(below);
        ByteBuf out = context.alloc().buffer();
        new RespWriter(out, 2).ok();
        context.writeAndFlush(out);
      }
      case LeaseRequest.Watch watch -> {
        if (known == null
            || (watch.knownFingerprint() == known.fingerprint() && watch.knownVoted() >= voted)) {
          watchers.add(new Waiting(context, watch));
        } else {
          write(
              context,
              new LeaseReply.Changed(voted, news(known, watch.knownFingerprint()), planned));
        }
      }
      case LeaseRequest.Hint hint -> {
        hints.add(hint.backend());
        write(context, new LeaseReply.Changed(voted, null, planned));
      }
      case LeaseRequest.Lease lease -> {
        leasesAsked.incrementAndGet();
        var news = known == null ? null : news(known, lease.knownFingerprint());
        boolean grants = granting && known != null && voted == known.epoch();
        write(
            context,
            grants && known != null
                ? new LeaseReply.Granted(lease.sequence(), known.epoch(), leaseNanos, voted, news)
                : new LeaseReply.Refused(lease.sequence(), "no", voted, news, planned));
      }
    }
  }

  private static @Nullable AcceptedRecord news(AcceptedRecord known, long fingerprint) {
    return known.fingerprint() == fingerprint ? null : known;
  }

  private static void write(ChannelHandlerContext context, LeaseReply reply) {
    ByteBuf out = context.alloc().buffer();
    new RespWriter(out, 2).command(reply.arguments().toArray(String[]::new));
    context.writeAndFlush(out);
  }

  private final class Commands extends ChannelInboundHandlerAdapter {
    private final RespReader reader = new RespReader(RespLimits.STANDARD);
    private @Nullable ByteBuf pending;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf in = pending == null ? context.alloc().buffer() : pending;
      pending = in;
      in.writeBytes((ByteBuf) message);
      ((ByteBuf) message).release();
      for (RespValue value = reader.next(in); value != null; value = reader.next(in)) {
        List<String> words = value.items().stream().map(RespValue::text).toList();
        if (words.getFirst().equals("HOLDFAST")) {
          answer(context, LeaseRequest.read(words));
        } else {
          ByteBuf out = context.alloc().buffer();
          new RespWriter(out, 2).ok();
          context.writeAndFlush(out);
        }
      }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
      if (pending != null) {
        pending.release();
        pending = null;
      }
    }
  }
}
