package holdfast.health.report;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.model.Role;
import holdfast.health.detect.NodeWatch;
import holdfast.health.failover.Stage;
import holdfast.health.vote.PeerView;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events that a Sentinel would publish, read from two states of a voter that follow each other:
 * the same names, texts and order, as far as our stages have a like. Source: Redis {@code
 * sentinel.c} sentinelEvent, and a real one's output.
 *
 * <p>{@code +switch-master} comes when the record is accepted, before the replicas follow;
 * Sentinel's comes after. What is down is judged at the time of the latest tick, so that the result
 * depends on the two states alone.
 */
public final class SentinelEvents {
  private static final int VOTING = 1;
  private static final int FENCING = 2;
  private static final int CONSULTING = 3;
  private static final int PROMOTING = 4;
  private static final int ACTIVATING = 5;
  private static final int ADOPTING = 6;

  private final VoterConfig config;
  private final String name;
  private final VoterState before;
  private final VoterState after;
  private final List<SentinelEvent> events = new ArrayList<>();

  private SentinelEvents(VoterConfig config, String name, VoterState before, VoterState after) {
    this.config = config;
    this.name = name;
    this.before = before;
    this.after = after;
  }

  /**
   * What happened between the two.
   *
   * @param name what Sentinel clients call the master
   */
  public static List<SentinelEvent> between(
      VoterConfig config, String name, VoterState before, VoterState after) {
    var events = new SentinelEvents(config, name, before, after);
    events.tell();
    return List.copyOf(events.events);
  }

  /** Of the tilt mode. */
  public static List<SentinelEvent> between(Tilt before, Tilt after) {
    if (before.on() == after.on()) {
      return List.of();
    }
    return List.of(
        after.on()
            ? new SentinelEvent("+tilt", "#tilt mode entered")
            : new SentinelEvent("-tilt", "#tilt mode exited"));
  }

  /** What SENTINEL RESET makes a Sentinel say. */
  public static List<SentinelEvent> reset(String name, VoterState state) {
    AcceptedRecord record = state.durable().record();
    return record == null
        ? List.of()
        : List.of(new SentinelEvent("+reset-master", master(name, record.master())));
  }

  private void tell() {
    AcceptedRecord old = before.durable().record();
    AcceptedRecord now = after.durable().record();
    boolean accepted = now != null && (old == null || old.epoch() != now.epoch());
    down(accepted);
    votes(old);
    if (old != null) {
      stages(old, accepted);
    }
    if (now == null) {
      return;
    }
    if (accepted) {
      accepted(old, now);
    }
    peers(now);
    if (!accepted) {
      replicas(now);
    }
  }

  private void event(String channel, String text) {
    events.add(new SentinelEvent(channel, text));
  }

  // ---- sdown and odown

  private void down(boolean accepted) {
    AcceptedRecord record = after.durable().record();
    if (record == null) {
      return;
    }
    AcceptedRecord old = before.durable().record();
    if (old != null && old.master().equals(record.master())) {
      master(record.master());
    }
    if (accepted) {
      return; // everybody is watched afresh: who is down will show
    }
    for (NodeWatch watch : Sight.replicas(after)) {
      NodeWatch was = before.watch(watch.address());
      boolean wasDown = was != null && Sight.isDown(config.detect(), was, before.tickNanos());
      changed(
          "sdown",
          wasDown,
          Sight.isDown(config.detect(), watch, after.tickNanos()),
          slave(watch.address(), record.master()));
    }
    for (PeerView peer : after.peers()) {
      PeerView was = peer(before, peer.id());
      if (was != null) {
        changed(
            "sdown",
            Sight.isDown(config.detect(), was, before.tickNanos()),
            Sight.isDown(config.detect(), peer, after.tickNanos()),
            sentinel(peer.id(), record.master()));
      }
    }
  }

  private void master(NodeAddress master) {
    String text = master(name, master);
    changed(
        "sdown",
        Sight.isMasterDown(config, before, before.tickNanos()),
        Sight.isMasterDown(config, after, after.tickNanos()),
        text);
    boolean odown = Sight.isObjectivelyDown(config, after, after.tickNanos());
    int needed = Math.max(config.quorum(), (after.peers().size() + 1) / 2 + 1);
    changed(
        "odown",
        Sight.isObjectivelyDown(config, before, before.tickNanos()),
        odown,
        odown ? text + " #quorum " + needed + "/" + config.quorum() : text);
  }

  private void changed(String what, boolean was, boolean is, String text) {
    if (was != is) {
      event((is ? "+" : "-") + what, text);
    }
  }

  // ---- election and failover

  private void votes(@Nullable AcceptedRecord old) {
    long epoch = after.durable().votedEpoch();
    if (epoch == before.durable().votedEpoch()) {
      return;
    }
    event("+new-epoch", Long.toString(epoch));
    if (old != null && standsAnew()) {
      event("+try-failover", master(name, old.master()));
    }
    NodeId candidate = after.durable().votedFor();
    if (candidate != null) {
      event("+vote-for-leader", Sight.incarnation(after, candidate) + " " + epoch);
    }
  }

  private boolean standsAnew() {
    return before.stage().epoch() != after.stage().epoch() && rank(after.stage()) >= VOTING;
  }

  private void stages(AcceptedRecord old, boolean accepted) {
    int from = before.stage().epoch() == after.stage().epoch() ? rank(before.stage()) : 0;
    int to = rank(after.stage());
    String master = master(name, old.master());
    if (to == 0) {
      if (from > 0) {
        aborted(from, master);
      }
      return;
    }
    if (from < FENCING && to >= FENCING) {
      event("+elected-leader", master);
    }
    if (from < CONSULTING && to >= CONSULTING) {
      event("+failover-state-select-slave", master);
    }
    if (from < PROMOTING && to >= PROMOTING) {
      NodeAddress chosen = chosen(after);
      if (chosen != null) {
        String slave = slave(chosen, old.master());
        event("+selected-slave", slave);
        event("+failover-state-send-slaveof-noone", slave);
        event("+failover-state-wait-promotion", slave);
      }
    }
    if (from < ACTIVATING && to >= ACTIVATING) {
      NodeAddress chosen = chosen(after);
      if (chosen != null) {
        event("+promoted-slave", slave(chosen, old.master()));
      }
      event("+failover-state-reconf-slaves", master);
    }
    if (from < ADOPTING && to >= ADOPTING && !accepted) {
      event("+failover-end", master);
    }
  }

  private void aborted(int from, String master) {
    switch (from) {
      case VOTING, FENCING -> event("-failover-abort-not-elected", master);
      case CONSULTING -> event("-failover-abort-no-good-slave", master);
      case PROMOTING -> event("-failover-abort-slave-timeout", master);
      case ACTIVATING -> event("-failover-abort-not-accepted", master);
      default -> {} // it was in force
    }
  }

  private static int rank(Stage stage) {
    return switch (stage) {
      case Stage.Voting _ -> VOTING;
      case Stage.Fencing _ -> FENCING;
      case Stage.Consulting _ -> CONSULTING;
      case Stage.Promoting _ -> PROMOTING;
      case Stage.Activating _ -> ACTIVATING;
      case Stage.Adopting _ -> ADOPTING;
      case Stage.GivenUp _ -> 0;
    };
  }

  private static @Nullable NodeAddress chosen(VoterState state) {
    AcceptedRecord record = state.durable().record();
    return switch (state.stage()) {
      case Stage.Promoting promoting -> promoting.choice().backend();
      case Stage.Activating activating -> activating.record().master();
      case Stage.Adopting adopting when record != null && record.epoch() == adopting.epoch() ->
          record.master();
      default -> null;
    };
  }

  // ---- a new record

  private void accepted(@Nullable AcceptedRecord old, AcceptedRecord now) {
    if (old == null) {
      event("+monitor", master(name, now.master()) + " quorum " + config.quorum());
    } else {
      NodeId leader =
          before.durable().votedEpoch() == now.epoch() ? before.durable().votedFor() : null;
      if (leader != null && !leader.equals(config.self())) {
        event("+config-update-from", sentinel(leader, old.master()));
      }
      if (after.stage() instanceof Stage.Adopting adopting && adopting.epoch() == now.epoch()) {
        event("+failover-end", master(name, old.master())); // this voter alone is the majority
      }
      if (!old.master().equals(now.master())) {
        event("+switch-master", name + " " + words(old.master()) + " " + words(now.master()));
      }
    }
    if (old == null || !old.master().equals(now.master())) {
      for (NodeWatch watch : Sight.replicas(after)) {
        event("+slave", slave(watch.address(), now.master()));
      }
    }
  }

  // ---- replicas and the other voters

  private void peers(AcceptedRecord record) {
    boolean anew = before.durable().record() == null;
    for (PeerView peer : after.peers()) {
      PeerView was = peer(before, peer.id());
      if (peer.hello() != null && (anew || was == null || was.hello() == null)) {
        event("+sentinel", sentinel(peer.id(), record.master()));
      }
    }
  }

  private void replicas(AcceptedRecord record) {
    for (NodeWatch watch : Sight.replicas(after)) {
      NodeWatch was = before.watch(watch.address());
      if (was == null) {
        event("+slave", slave(watch.address(), record.master()));
        continue;
      }
      NodeInfo told = was.info();
      NodeInfo tells = watch.info();
      if (tells == null || tells.equals(told)) {
        continue;
      }
      String slave = slave(watch.address(), record.master());
      if (tells.role() == Role.MASTER && (told == null || told.role() != Role.MASTER)) {
        event("-role-change", slave + " new reported role is master");
      } else if (told != null && told.role() == Role.MASTER && tells.role() == Role.REPLICA) {
        event("+role-change", slave + " new reported role is slave");
      }
      boolean followed = told != null && follows(told, record);
      if (!followed && follows(tells, record)) {
        event("+slave-reconf-done", slave);
      }
    }
    for (VoterState.Wrong wrong : after.wrongs()) {
      VoterState.Wrong was = wrong(before, wrong.backend());
      NodeWatch watch = after.watch(wrong.backend());
      NodeInfo info = watch == null ? null : watch.info();
      if (wrong.sent() && (was == null || !was.sent() || was.sentNanos() != wrong.sentNanos())) {
        event(
            info != null && info.role() == Role.MASTER ? "+convert-to-slave" : "+slave-reconf-sent",
            slave(wrong.backend(), record.master()));
      }
    }
  }

  private static boolean follows(NodeInfo info, AcceptedRecord record) {
    return info.isReplicaOf(record.master()) && info.linkUp();
  }

  private static VoterState.@Nullable Wrong wrong(VoterState state, NodeAddress backend) {
    for (VoterState.Wrong wrong : state.wrongs()) {
      if (wrong.backend().equals(backend)) {
        return wrong;
      }
    }
    return null;
  }

  private static @Nullable PeerView peer(VoterState state, NodeId id) {
    for (PeerView peer : state.peers()) {
      if (peer.id().equals(id)) {
        return peer;
      }
    }
    return null;
  }

  // ---- texts

  private static String master(String name, NodeAddress master) {
    return "master " + name + " " + words(master);
  }

  private String slave(NodeAddress slave, NodeAddress master) {
    return "slave " + slave + " " + words(slave) + " @ " + name + " " + words(master);
  }

  private String sentinel(NodeId voter, NodeAddress master) {
    NodeAddress address = Sight.address(config, after, voter);
    return "sentinel "
        + Sight.incarnation(after, voter)
        + " "
        + (address == null ? voter.value() : words(address))
        + " @ "
        + name
        + " "
        + words(master);
  }

  private static String words(NodeAddress address) {
    return address.host() + " " + address.port();
  }
}
