package holdfast.health.runtime;

import holdfast.backend.link.Backoff;
import holdfast.backend.link.ControlLink;
import holdfast.backend.link.Link;
import holdfast.backend.link.LinkFailure;
import holdfast.backend.link.LinkListener;
import holdfast.backend.link.ReconnectingLink;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeInfo;
import holdfast.backend.resp.RespValue;
import holdfast.health.failover.BackendNeeds;
import holdfast.health.vote.VoterEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a backend in the name of one epoch: the only kind over which a voter commands.
 * It is named before it is used, and never comes back once it is gone. One command at a time;
 * whatever fails ends it, and the core hears of it once.
 */
final class LeaderLink implements LinkListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderLink.class);

  /** REPLICAOF of a node that is nobody's replica and takes no writes. */
  private static final List<String> FENCED = List.of("REPLICAOF", "127.0.0.1", "1");

  private static final List<String> MULTI = List.of("MULTI");
  private static final List<String> EXEC = List.of("EXEC");

  private final long epoch;
  private final NodeAddress backend;
  private final Consumer<VoterEvent> events;
  private final BackendNeeds.MinReplicas minReplicas;
  private final Duration deadline;
  private final ReconnectingLink link;
  private final ControlLink control;
  private @Nullable CompletionStage<List<RespValue>> first;
  private @Nullable CompletionStage<RespValue> killed;
  private boolean ended;

  LeaderLink(
      BackendLinks links,
      String name,
      long epoch,
      NodeAddress backend,
      Consumer<VoterEvent> events) {
    this.epoch = epoch;
    this.backend = backend;
    this.events = events;
    this.minReplicas = links.settings().minReplicas();
    this.deadline = links.settings().times().downAfter().multipliedBy(2);
    this.link =
        new ReconnectingLink(
            links.loops(),
            links.loop(),
            links.toBackend(backend, BackendLinks.LEADING + epoch + "-" + name),
            Backoff.STANDARD,
            links.ticker(),
            links.random(),
            this);
    this.control = new ControlLink(link);
    link.start();
  }

  @Override
  public void onReady(Link ready) {
    if (!ended) {
      events.accept(new VoterEvent.LinkNamed(epoch, backend));
    }
  }

  @Override
  public void onClosed(Link closed, LinkFailure failure) {
    end(failure.kind() == LinkFailure.Kind.REFUSED);
  }

  private void end(boolean refused) {
    if (!ended) {
      ended = true;
      link.close();
      events.accept(new VoterEvent.LinkFailed(epoch, backend, refused));
    }
  }

  @Override
  public void close() {
    ended = true;
    link.close();
  }

  /**
   * Shuts earlier leaders out, then asks where the backend stands; {@code cut}: and ends its
   * replication in the same transaction. Asked before it is cut, so that a replica that is taking a
   * full copy says so, and a master that it is one; measured on 7.0.15: replid and offsets stay, it
   * goes on partially when it is pointed at a master of its history again.
   *
   * @param order to an engine, which does both itself
   */
  void consult(boolean cut, List<String> order) {
    finish(
        isEngine()
            .thenCompose(
                engine ->
                    engine
                        ? call(order)
                        : killEarlier()
                            .thenCompose(
                                _ ->
                                    cut
                                        ? transaction(List.of(List.of("INFO"), FENCED))
                                            .thenApply(replies -> replies.items().getFirst())
                                        : call("INFO"))),
        reply ->
            events.accept(new VoterEvent.Consulted(epoch, backend, NodeInfo.parse(reply.text()))));
  }

  /**
   * Whether an engine of ours is at the other end, which checks each order itself. Asked once: a
   * connection never comes back, so neither does another process behind it.
   */
  private CompletionStage<Boolean> isEngine() {
    return first()
        .thenApply(replies -> NodeInfo.parse(noError(replies.getFirst()).text()).isEngine());
  }

  /** What the first order needs to know, in one round trip: writers wait for each. */
  private CompletionStage<List<RespValue>> first() {
    CompletionStage<List<RespValue>> asked = first;
    if (asked == null) {
      asked = control.callAll(deadline, List.of(List.of("INFO"), List.of("CLIENT", "LIST")));
      first = asked;
    }
    return asked;
  }

  private CompletionStage<RespValue> call(List<String> command) {
    return call(command.toArray(String[]::new));
  }

  /**
   * Makes it master; with {@code again} although it is one.
   *
   * @param order to an engine
   */
  void promote(boolean again, @Nullable List<String> order) {
    withdrawMinReplicas();
    finish(
        isEngine()
            .thenCompose(engine -> engine && order != null ? call(order) : promoteRedis(again)),
        reply -> {
          events.accept(new VoterEvent.Promoted(epoch, backend, NodeInfo.parse(reply.text())));
          if (again) {
            resume(); // an earlier leader may have wanted to replace it
          }
        });
  }

  private CompletionStage<RespValue> promoteRedis(boolean again) {
    List<String> noOne = List.of("REPLICAOF", "NO", "ONE");
    if (again) {
      return transaction(List.of(FENCED, noOne)).thenCompose(_ -> call("INFO"));
    }
    return control
        .callAll(deadline, List.of(noOne, List.of("INFO")))
        .thenApply(
            replies -> {
              replies.forEach(LeaderLink::noError);
              return replies.getLast();
            });
  }

  /**
   * Clients that come here directly wait with their writes, while the data is handed over. It comes
   * before whatever is sent later on this connection; a server that does not allow it is left.
   */
  void pause(Duration most) {
    quietly("CLIENT", "PAUSE", Long.toString(most.toMillis()), "WRITE");
  }

  /** They go on. */
  void resume() {
    quietly("CLIENT", "UNPAUSE");
  }

  private void quietly(String... command) {
    control
        .call(deadline, command)
        .whenComplete(
            (reply, failure) -> {
              if (reply instanceof RespValue.Failure error) {
                LOG.info("{} answers {} with {}", backend, command[1], error.message());
              }
            });
  }

  /**
   * Not a word of the role: refused, it changes nothing. With it a promoted backend would refuse
   * writes until others follow it, and a demoted one when it is promoted again.
   */
  private void withdrawMinReplicas() {
    if (minReplicas == BackendNeeds.MinReplicas.NEVER) {
      return;
    }
    control
        .call(deadline, "CONFIG", "SET", "min-replicas-to-write", "0")
        .whenComplete(
            (reply, failure) -> {
              if (reply instanceof RespValue.Failure error) {
                LOG.warn("{} does not take min-replicas-to-write 0: {}", backend, error.message());
              }
            });
  }

  /**
   * Points it at the master; {@code demote}: it takes writes, so its clients are sent away too.
   *
   * @param order to an engine, which sends them away itself
   */
  void repoint(NodeAddress master, boolean demote, @Nullable List<String> order) {
    withdrawMinReplicas();
    finish(
        isEngine()
            .thenCompose(
                engine -> engine && order != null ? call(order) : repointRedis(master, demote)),
        _ -> {
          events.accept(new VoterEvent.Repointed(epoch, backend));
          if (demote) {
            resume();
          }
        });
  }

  private CompletionStage<RespValue> repointRedis(NodeAddress master, boolean demote) {
    List<String> replicaOf = List.of("REPLICAOF", master.host(), Integer.toString(master.port()));
    return demote
        // Kills earlier leaders and, for a moment, other voters' watch with all others; not us.
        ? transaction(
            List.of(
                replicaOf,
                List.of("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
                List.of("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes")))
        : killEarlier().thenCompose(_ -> call(replicaOf));
  }

  private <T> void finish(CompletionStage<T> work, Consumer<T> then) {
    work.thenAccept(then)
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                LOG.info("epoch {}, {}: {}", epoch, backend, String.valueOf(failure.getMessage()));
                end(false);
              }
            });
  }

  private CompletionStage<RespValue> call(String... command) {
    return control.call(deadline, command).thenApply(LeaderLink::noError);
  }

  private static RespValue noError(RespValue reply) {
    if (reply instanceof RespValue.Failure error) {
      throw new IllegalStateException("answered " + error.message());
    }
    return reply;
  }

  private CompletionStage<RespValue> transaction(List<List<String>> commands) {
    var all = new ArrayList<List<String>>();
    all.add(MULTI);
    all.addAll(commands);
    all.add(EXEC);
    return control
        .callAll(deadline, all)
        .thenApply(
            replies -> {
              replies.forEach(LeaderLink::noError);
              replies.getLast().items().forEach(LeaderLink::noError);
              return replies.getLast();
            });
  }

  /**
   * Once is enough: a majority votes for this epoch or a later one by now, so no earlier leader's
   * connection made since can have been confirmed.
   */
  private CompletionStage<RespValue> killEarlier() {
    CompletionStage<RespValue> done = killed;
    if (done == null) {
      done = listAndKill();
      killed = done;
    }
    return done;
  }

  private CompletionStage<RespValue> listAndKill() {
    return first()
        .thenCompose(
            replies -> {
              RespValue list = noError(replies.getLast());
              CompletionStage<RespValue> last = CompletableFuture.completedStage(list);
              for (String id : ClientList.earlierLeaders(list.text(), epoch)) {
                // Gone by itself in between is as good.
                last = last.thenCompose(_ -> control.call(deadline, "CLIENT", "KILL", "ID", id));
              }
              return last;
            });
  }
}
