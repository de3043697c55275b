package holdfast.backend.link;

import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.lease.LeaseSeeker;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.RecordReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One voter, as a holder meets it: a link for leases, and one that waits for news. On the loop. */
final class VoterLink implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VoterLink.class);
  private static final long WATCH_MILLIS = 2_000;
  private static final Duration LEASE_DEADLINE = Duration.ofSeconds(3);
  private static final Duration WATCH_DEADLINE = Duration.ofSeconds(4);
  private static final Duration WATCH_PAUSE = Duration.ofMillis(125);

  /** A voter that comes back is wanted at once; a dead one must not be asked in a loop. */
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(500), 0.5);

  private static final LinkTimes TIMES =
      new LinkTimes(Duration.ofSeconds(1), Duration.ZERO, Duration.ofSeconds(3));

  /**
   * What the links to all voters are made of.
   *
   * @param template how to show oneself to a voter; the address in it is not used
   */
  record Means(
      EventLoops loops,
      EventLoop loop,
      LinkSettings template,
      Ticker ticker,
      RandomGenerator random,
      RecordReader records) {}

  /** Told of each answer. */
  interface Listener {
    void answered(VoterLink voter, LeaseReply answer);
  }

  private final NodeAddress address;
  private final Means means;
  private final LeaseSeeker seeker;
  private final Listener listener;
  private final ReconnectingLink leaseLink;
  private final ReconnectingLink watchLink;
  private final ControlLink leases;
  private final ControlLink watches;
  private @Nullable NodeId id;
  private boolean watching;
  private long shownFingerprint;

  VoterLink(NodeAddress address, Means means, LeaseSeeker seeker, Listener listener) {
    this.address = address;
    this.means = means;
    this.seeker = seeker;
    this.listener = listener;
    this.leaseLink = link(this::askLease);
    this.watchLink = link(this::watch);
    this.leases = new ControlLink(leaseLink);
    this.watches = new ControlLink(watchLink);
  }

  private ReconnectingLink link(Runnable onReady) {
    LinkSettings template = means.template();
    var settings =
        new LinkSettings(
                InetSocketAddress.createUnresolved(address.host(), address.port()),
                template.login(),
                TIMES,
                template.bounds(),
                template.socket())
            .withClientName("holdfast-" + seeker.holder().id().value());
    return new ReconnectingLink(
        means.loops(),
        means.loop(),
        settings,
        BACKOFF,
        means.ticker(),
        means.random(),
        new LinkListener() {
          @Override
          public void onReady(Link link) {
            onReady.run();
          }

          @Override
          public void onClosed(Link link, LinkFailure failure) {
            LOG.debug("voter {}: {}", address, failure.message());
          }
        });
  }

  NodeAddress address() {
    return address;
  }

  /** Which voter the record says it is; null before one has. */
  @Nullable NodeId id() {
    return id;
  }

  void named(NodeId voter) {
    id = voter;
  }

  void start() {
    leaseLink.start();
    watchLink.start();
  }

  @Override
  public void close() {
    leaseLink.close();
    watchLink.close();
  }

  void askLease() {
    NodeId voter = id;
    if (!seeker.isAsking() || voter == null || leaseLink.link() == null) {
      return;
    }
    LeaseRequest request = seeker.holder().request(voter, means.ticker().nowNanos());
    var unused =
        leases
            .call(LEASE_DEADLINE, arguments(request))
            .whenComplete((reply, _) -> take(request, reply));
  }

  /** The record comes with the first answer; afterwards only news do. */
  void watch() {
    if (!seeker.isAsking() || watching || watchLink.link() == null) {
      return;
    }
    watching = true;
    LeaseRequest request = seeker.holder().watch(WATCH_MILLIS, shownFingerprint);
    var unused =
        watches
            .call(WATCH_DEADLINE, arguments(request))
            .whenComplete(
                (reply, _) -> {
                  watching = false;
                  if (take(request, reply)) {
                    watch();
                  } else {
                    // Later, not in a loop; a link that comes back asks at once.
                    var unusedLater =
                        means
                            .loop()
                            .schedule(this::watch, WATCH_PAUSE.toNanos(), TimeUnit.NANOSECONDS);
                  }
                });
  }

  private boolean take(LeaseRequest request, @Nullable RespValue reply) {
    if (reply instanceof RespValue.Failure error) {
      LOG.warn("voter {} refused {}: {}", address, request, error.message());
      return false;
    }
    if (reply != null && seeker.isRunning()) {
      read(reply);
    }
    return reply != null;
  }

  private void read(RespValue reply) {
    LeaseReply answer;
    try {
      answer = LeaseReply.read(words(reply), means.records()::read);
    } catch (IllegalArgumentException e) {
      LOG.warn("voter {} answered {}: {}", address, reply, e.getMessage());
      return;
    }
    if (answer.record() != null) {
      shownFingerprint = means.records().fingerprint();
    }
    listener.answered(this, answer);
  }

  private static List<String> words(RespValue reply) {
    if (!(reply instanceof RespValue.Array(List<RespValue> elements))) {
      throw new IllegalArgumentException("expected an array");
    }
    var words = new ArrayList<String>(elements.size());
    for (RespValue element : elements) {
      words.add(element.text());
    }
    return words;
  }

  CompletableFuture<?> tell(LeaseRequest request) {
    return leaseLink.link() == null
        ? CompletableFuture.completedFuture(null)
        : leases.call(LEASE_DEADLINE, arguments(request)).toCompletableFuture();
  }

  private static String[] arguments(LeaseRequest request) {
    return request.arguments().toArray(String[]::new);
  }
}
