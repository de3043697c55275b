package holdfast.proxy.runtime;

import holdfast.backend.model.NodeAddress;
import holdfast.proxy.dispatch.Clients;
import holdfast.proxy.dispatch.ProxyLoop;
import holdfast.proxy.dispatch.ReplicaFigures;
import holdfast.proxy.dispatch.StatusText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What HOLDFAST STATUS and INFO's section of ours say. */
final class ProxyStatus implements StatusText {
  private final ProxySettings settings;
  private final Clients clients;
  private final List<ProxyLoop> loops;
  private volatile @Nullable ControlPlane control;
  private volatile @Nullable CommandLearner learner;

  ProxyStatus(ProxySettings settings, Clients clients, List<ProxyLoop> loops) {
    this.settings = settings;
    this.clients = clients;
    this.loops = loops;
  }

  void tells(ControlPlane plane, CommandLearner commands) {
    control = plane;
    learner = commands;
  }

  @Override
  public List<String> lines() {
    long commands = 0;
    long repeated = 0;
    long inDoubt = 0;
    long refused = 0;
    long refusedForReplicas = 0;
    long unconfirmed = 0;
    long rounds = 0;
    long instead = 0;
    long refusedReads = 0;
    int held = 0;
    long bufferBytes = 0;
    for (ProxyLoop loop : loops) {
      commands += loop.counters().commands();
      repeated += loop.counters().repeatedCount();
      inDoubt += loop.counters().inDoubtCount();
      refused += loop.counters().refusedAfterHoldCount();
      refusedForReplicas += loop.counters().refusedForReplicasCount();
      unconfirmed += loop.counters().unconfirmedCount();
      rounds += loop.counters().confirmationRoundsCount();
      instead += loop.counters().readsInsteadCount();
      refusedReads += loop.counters().refusedReadsCount();
      held += loop.counters().heldNow();
      bufferBytes += loop.counters().bufferBytesNow();
    }
    var lines = new ArrayList<String>();
    lines.add("holdfast_id:" + settings.id());
    ControlPlane plane = control;
    if (plane != null) {
      lines.addAll(plane.status());
    }
    CommandLearner commandsOf = learner;
    if (commandsOf != null) {
      lines.add("command_table:" + commandsOf.status());
    }
    lines.add("reads:" + settings.reads().standard().policy().name().toLowerCase(Locale.ROOT));
    addReplicas(lines);
    lines.add("reads_at_master_instead:" + instead);
    lines.add("reads_refused:" + refusedReads);
    lines.add("in_doubt:" + settings.inDoubt().name().toLowerCase(Locale.ROOT));
    lines.add("read_committed:" + (settings.replication().readCommitted() ? "yes" : "no"));
    lines.add("clients:" + clients.count());
    lines.add("clients_held:" + held);
    lines.add("buffer_bytes:" + bufferBytes);
    lines.add("commands:" + commands);
    lines.add("commands_repeated:" + repeated);
    lines.add("commands_in_doubt:" + inDoubt);
    lines.add("commands_refused_after_hold:" + refused);
    lines.add("writes_refused_for_replicas:" + refusedForReplicas);
    lines.add("commands_unconfirmed:" + unconfirmed);
    lines.add("confirmation_rounds:" + rounds);
    return lines;
  }

  /** Each replica as the loops see it together: its worst share, and why. */
  private void addReplicas(List<String> lines) {
    var byAddress = new LinkedHashMap<NodeAddress, List<ReplicaFigures>>();
    for (ProxyLoop loop : loops) {
      for (ReplicaFigures each : loop.replicaFigures()) {
        byAddress.computeIfAbsent(each.address(), _ -> new ArrayList<>()).add(each);
      }
    }
    int number = 0;
    for (var entry : byAddress.entrySet()) {
      ReplicaFigures worst =
          entry.getValue().stream()
              .min(Comparator.comparingDouble(ReplicaFigures::share))
              .orElseThrow();
      long reads = entry.getValue().stream().mapToLong(ReplicaFigures::reads).sum();
      lines.add(
          "read_replica"
              + number++
              + ":address="
              + entry.getKey()
              + ",share="
              + Math.round(worst.share() * 100)
              + "%,why="
              + worst.reason().name().toLowerCase(Locale.ROOT)
              + ",age_ms="
              + worst.ageMillis()
              + ",lag_bytes="
              + worst.lagBytes()
              + ",latency_us="
              + worst.latencyNanos() / 1000
              + ",reads="
              + reads);
    }
  }
}
