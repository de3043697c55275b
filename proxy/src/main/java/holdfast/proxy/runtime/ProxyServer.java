package holdfast.proxy.runtime;

import holdfast.backend.command.CommandTable;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import holdfast.backend.transport.EventLoops;
import holdfast.proxy.dispatch.Clients;
import holdfast.proxy.dispatch.DispatchSettings;
import holdfast.proxy.dispatch.LoopCounters;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.proxy.dispatch.ReplicaFigures;
import holdfast.proxy.dispatch.Scripts;
import holdfast.proxy.dispatch.WaitTimes;
import holdfast.proxy.front.FrontServer;
import holdfast.proxy.front.Listener;
import holdfast.proxy.front.Reception;
import holdfast.routing.command.CommandClasses;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running proxy: its loops, its control plane, its listening sockets. Any thread may start and
 * close it.
 */
public final class ProxyServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);
  private static final long DRAIN_LOOK_MILLIS = 10;

  /** Beyond it a loop is stopped with whatever it still has. */
  private static final long END_MILLIS = 1_000;

  private final ProxySettings settings;
  private final EventLoops loops;
  private final List<ProxyLoop> proxies;
  private final Clients clients;
  private final ControlPlane control;
  private final CommandLearner learner;
  private final List<FrontServer> fronts;
  private boolean closed;

  private ProxyServer(
      ProxySettings settings,
      EventLoops loops,
      List<ProxyLoop> proxies,
      Clients clients,
      ControlPlane control,
      CommandLearner learner,
      List<FrontServer> fronts) {
    this.settings = settings;
    this.loops = loops;
    this.proxies = proxies;
    this.clients = clients;
    this.control = control;
    this.learner = learner;
    this.fronts = fronts;
  }

  /**
   * Starts a proxy; it listens when this returns. Whether there is a master yet does not matter:
   * commands wait for one.
   *
   * @throws IOException if it cannot listen there: the message names the address
   */
  public static ProxyServer start(ProxySettings settings) throws IOException {
    EventLoops loops = settings.loops().start();
    try {
      return start(settings, loops);
    } catch (IOException | RuntimeException e) {
      loops.close();
      throw e;
    }
  }

  private static ProxyServer start(ProxySettings settings, EventLoops loops) throws IOException {
    Ticker ticker = BootTicker.system();
    var clients = new Clients();
    var proxies = new ArrayList<ProxyLoop>();
    var scripts = new Scripts();
    var status = new ProxyStatus(settings, clients, proxies);
    CommandClasses classes = CommandClasses.of(CommandTable.redis7(), settings.commandRules());
    DispatchSettings dispatch = dispatch(settings, loops.size());
    for (int i = 0; i < loops.size(); i++) {
      proxies.add(
          new ProxyLoop(loops, loops.loop(i), dispatch, ticker, classes, clients, scripts, status));
    }
    var learner =
        new CommandLearner(
            loops,
            settings.backend(),
            settings.commandRules(),
            ticker,
            proxies,
            CommandLearner.CALM);
    ControlPlane control =
        switch (settings.topology()) {
          case TopologySettings.Single(var backend) -> new SingleBackend(backend, proxies, learner);
          case TopologySettings.Quorum quorum ->
              new QuorumTopology(
                  settings.id(),
                  quorum,
                  settings.replication().durability(),
                  proxies,
                  learner,
                  ticker);
        };
    status.tells(control, learner);
    List<FrontServer> fronts;
    try {
      fronts =
          listen(settings, loops, new Reception(proxies, clients, settings.clients().clientsMax()));
    } catch (IOException e) {
      control.close();
      throw e;
    }
    control.start();
    LOG.info("proxy {} listens on {}", settings.id(), fronts.getFirst().address());
    settings.ways().further().forEach(way -> LOG.info("and on {}", way));
    return new ProxyServer(
        settings, loops, List.copyOf(proxies), clients, control, learner, fronts);
  }

  /** Host and port first. */
  private static List<FrontServer> listen(
      ProxySettings settings, EventLoops loops, Reception reception) throws IOException {
    var listeners = new ArrayList<Listener>();
    listeners.add(
        new Listener.Tcp(
            new InetSocketAddress(settings.host(), settings.port()),
            null,
            settings.ways().proxyProtocol()));
    listeners.addAll(settings.ways().further());
    var fronts = new ArrayList<FrontServer>();
    try {
      for (Listener listener : listeners) {
        fronts.add(FrontServer.listen(listener, loops, reception));
      }
      return List.copyOf(fronts);
    } catch (IOException e) {
      fronts.forEach(FrontServer::close);
      throw e;
    }
  }

  private static DispatchSettings dispatch(ProxySettings settings, int loops) {
    return new DispatchSettings(
        settings.access().password(),
        settings.access().byBackends(),
        settings.backend().user(),
        settings.backend().password(),
        "holdfast-" + settings.id(),
        settings.backend().socket(),
        settings.topology() instanceof TopologySettings.Single,
        settings.reads(),
        settings.widestReads(),
        settings.inDoubt(),
        settings.replication().readCommitted(),
        settings.hold(),
        settings.clients(),
        settings.loops().bufferBytesMaxOfEach(loops));
  }

  /** Where it listens by host and port; the port is the real one. */
  public InetSocketAddress address() {
    return fronts.getFirst().address();
  }

  /**
   * Where else, in the order of the settings.
   *
   * @param index of a port among them
   */
  public InetSocketAddress furtherAddress(int index) {
    return fronts.get(index + 1).address();
  }

  /** What it sees of the world, as lines "name:value". */
  public List<String> status() {
    return control.status();
  }

  /** Users of the backends that are logged in, each counted once for each loop. */
  public long logins() {
    return sum(LoopCounters::loginsCount);
  }

  /** Clients that are connected. */
  public long clients() {
    return clients.count();
  }

  /** Commands that clients sent. */
  public long commands() {
    return sum(LoopCounters::commands);
  }

  /** Commands sent a second time because the first got no answer or was refused. */
  public long repeated() {
    return sum(LoopCounters::repeatedCount);
  }

  /** Commands answered with an error because nobody knows their fate. */
  public long inDoubt() {
    return sum(LoopCounters::inDoubtCount);
  }

  /** Commands answered with an error because the hold window ended. */
  public long refusedAfterHold() {
    return sum(LoopCounters::refusedAfterHoldCount);
  }

  /** Writes answered with an error because too few replicas were online to confirm them. */
  public long refusedForReplicas() {
    return sum(LoopCounters::refusedForReplicasCount);
  }

  /** Clients that wait for a master, or a replica. */
  public long heldNow() {
    return sum(LoopCounters::heldNow);
  }

  /** Reads answered with an error because no replica was fit for them. */
  public long refusedReads() {
    return sum(LoopCounters::refusedReadsCount);
  }

  /** Reads that went to the master because no replica was fit for them. */
  public long readsInstead() {
    return sum(LoopCounters::readsInsteadCount);
  }

  /** What the loops have to tell of replicas: one entry for each loop and replica. */
  public List<ReplicaFigures> replicas() {
    return proxies.stream().flatMap(loop -> loop.replicaFigures().stream()).toList();
  }

  /** Commands that were executed and answered with an error because nobody confirmed them. */
  public long unconfirmed() {
    return sum(LoopCounters::unconfirmedCount);
  }

  /** Rounds in which replies were confirmed to be replicated. */
  public long confirmationRounds() {
    return sum(LoopCounters::confirmationRoundsCount);
  }

  /** Times that such a round had to ask again. */
  public long confirmationRepeats() {
    return sum(LoopCounters::confirmationRepeatsCount);
  }

  /** Bytes of replies that wait to be confirmed. */
  public long unconfirmedBytes() {
    return sum(LoopCounters::unconfirmedBytesNow);
  }

  /** Bytes in buffers that count against what may be there. */
  public long bufferBytes() {
    return sum(LoopCounters::bufferBytesNow);
  }

  /** How long replies waited to be confirmed, one entry per loop. */
  public List<WaitTimes> confirmationWaits() {
    return proxies.stream().map(loop -> loop.counters().confirmationWaits()).toList();
  }

  private long sum(ToLongFunction<LoopCounters> counter) {
    return proxies.stream().mapToLong(loop -> counter.applyAsLong(loop.counters())).sum();
  }

  /**
   * Stops: no new connections, then no new commands; replies under way are waited for as long as
   * the settings say.
   */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    fronts.forEach(FrontServer::close);
    proxies.forEach(ProxyLoop::drain);
    long left = settings.drain().toMillis();
    try {
      while (clients.count() > 0 && left > 0) {
        Thread.sleep(DRAIN_LOOK_MILLIS);
        left -= DRAIN_LOOK_MILLIS;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    control.close();
    learner.close();
    List<Future<?>> ends = new ArrayList<>();
    proxies.forEach(proxy -> ends.add(proxy.end()));
    ends.forEach(end -> end.awaitUninterruptibly(END_MILLIS, TimeUnit.MILLISECONDS));
    loops.close();
  }
}
