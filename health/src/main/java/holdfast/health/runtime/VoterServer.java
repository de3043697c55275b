package holdfast.health.runtime;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.WallClock;
import holdfast.backend.transport.EventLoops;
import holdfast.backend.transport.SocketOptions;
import holdfast.health.report.Sight;
import holdfast.health.report.SwitchRecord;
import holdfast.health.store.FileVoterStore;
import holdfast.health.store.VoterStoreException;
import holdfast.health.vote.Durable;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A voter as a process or a part of one: listens on the Sentinel port, watches the backends, talks
 * to the other voters. One thread of its own; the methods may be called from any.
 */
public final class VoterServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VoterServer.class);

  private final VoterSettings settings;
  private final EventLoops loops;
  private final VoterLoop voter;
  private final Reporter reporter;
  private final Channel listening;
  private final InetSocketAddress address;

  private VoterServer(
      VoterSettings settings,
      EventLoops loops,
      VoterLoop voter,
      Reporter reporter,
      Channel listening) {
    this.settings = settings;
    this.loops = loops;
    this.voter = voter;
    this.reporter = reporter;
    this.listening = listening;
    this.address = (InetSocketAddress) listening.localAddress();
  }

  /**
   * Starts; when this returns it listens.
   *
   * @throws VoterStartException with one line for people: a taken port, a data folder in use, or
   *     damaged, or another voter's
   */
  public static VoterServer start(VoterSettings settings) {
    FileVoterStore store;
    Durable durable;
    try {
      store = FileVoterStore.open(settings.data());
    } catch (VoterStoreException e) {
      throw new VoterStartException(String.valueOf(e.getMessage()), e);
    }
    try {
      durable = durable(settings, store);
    } catch (VoterStoreException e) {
      store.close();
      throw new VoterStartException(String.valueOf(e.getMessage()), e);
    }
    EventLoops loops = EventLoops.start("voter-" + settings.announced().port(), 1);
    try {
      return start(settings, store, durable, loops);
    } catch (VoterStartException e) {
      loops.close();
      store.close();
      throw e;
    }
  }

  private static VoterServer start(
      VoterSettings settings, FileVoterStore store, Durable durable, EventLoops loops) {
    var links =
        new BackendLinks(
            loops,
            loops.loop(0),
            BootTicker.system(),
            new SplittableRandom(new SecureRandom().nextLong()),
            settings);
    NodeAddress listen = settings.listen();
    var subscribers = new Subscribers();
    var reporter =
        new Reporter(settings.config(), settings.masterName(), subscribers, WallClock.system());
    // Made before the port is open: the first request finds a voter.
    VoterLoop voter = onLoop(loops, () -> new VoterLoop(links, store, durable, reporter));
    var commands = new VoterCommands(settings, voter, subscribers, reporter);
    ChannelFuture bound =
        loops
            .listen(
                new InetSocketAddress(listen.host(), listen.port()),
                SocketOptions.STANDARD.withTls(settings.voterTls().port()),
                new VoterConnection.Initializer(commands))
            .awaitUninterruptibly();
    Throwable failure = bound.cause();
    if (failure != null) {
      onLoop(
          loops,
          () -> {
            voter.close();
            return true;
          });
      throw new VoterStartException(
          "cannot listen on " + listen + ": " + failure.getMessage(), failure);
    }
    LOG.info("voter {} listens on {}", settings.announced(), listen);
    return new VoterServer(settings, loops, voter, reporter, bound.channel());
  }

  private static <T> T onLoop(EventLoops loops, java.util.function.Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, loops.loop(0)).join();
  }

  private static Durable durable(VoterSettings settings, FileVoterStore store) {
    NodeId self = NodeId.of(settings.announced());
    Durable loaded = store.load();
    if (loaded == null) {
      byte[] random = new byte[20];
      new SecureRandom().nextBytes(random);
      Durable blank = Durable.blank(self, HexFormat.of().formatHex(random));
      store.save(blank);
      return blank;
    }
    if (!loaded.self().equals(self)) {
      throw new VoterStoreException(
          settings.data()
              + " is the data folder of voter "
              + loaded.self()
              + ", not of "
              + self
              + ": name the right folder, or give this voter its old address");
    }
    return loaded;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /** The record this voter has accepted; null before the first. */
  public @Nullable AcceptedRecord record() {
    return voter.state().durable().record();
  }

  /** The last switches it led or was told of, the latest first. */
  public List<SwitchRecord> switches() {
    return reporter.switches().records();
  }

  /** What HOLDFAST STATUS says: {@code key: value} lines. */
  public String status() {
    return onLoop(loops, () -> StatusText.of(settings, voter));
  }

  /** Whether its vote counts and there is a master that it holds to be up. */
  public boolean healthy() {
    return !voter.stopped()
        && record() != null
        && !Sight.isMasterDown(voter.config(), voter.state(), voter.nowNanos());
  }

  /** Figures for a monitoring system, by name. */
  public Map<String, Long> figures() {
    return VoterFigures.of(voter, reporter);
  }

  /** Whether a failed write to its data folder has stopped it. */
  public boolean hasStopped() {
    return voter.stopped();
  }

  /** Ends it; its leases stay valid, for whoever holds them was promised so. */
  @Override
  public void close() {
    listening.close().awaitUninterruptibly();
    onLoop(
        loops,
        () -> {
          voter.close();
          return true;
        });
    loops.close();
  }
}
