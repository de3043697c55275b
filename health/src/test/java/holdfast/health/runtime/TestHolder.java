package holdfast.health.runtime;

import holdfast.backend.lease.LeaseHolder;
import holdfast.backend.lease.LeaseReply;
import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A holder as a proxy is one: asks each voter at a quarter of the lease, and watches it. */
final class TestHolder implements AutoCloseable {
  private final LeaseHolder holder = new LeaseHolder(new NodeId(UUID.randomUUID().toString()));
  private final Ticker ticker = BootTicker.system();
  private final List<Thread> threads = new ArrayList<>();
  private final List<NodeAddress> voters;
  private volatile boolean running = true;

  TestHolder(List<NodeAddress> voters) {
    this.voters = voters;
    for (NodeAddress voter : voters) {
      threads.add(Thread.ofVirtual().start(() -> loop(voter, this::renew)));
      threads.add(Thread.ofVirtual().start(() -> loop(voter, this::watch)));
    }
  }

  private interface Work {
    void with(Jedis jedis, NodeAddress voter) throws InterruptedException;
  }

  private void loop(NodeAddress voter, Work work) {
    while (running) {
      try (var jedis = new Jedis(voter.host(), voter.port(), 3_000)) {
        while (running) {
          work.with(jedis, voter);
        }
      } catch (JedisException e) {
        pause(20);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void renew(Jedis jedis, NodeAddress voter) throws InterruptedException {
    LeaseRequest request;
    synchronized (holder) {
      request = holder.request(NodeId.of(voter), ticker.nowNanos());
    }
    answered(voter, ask(jedis, request));
    Thread.sleep(125);
  }

  private void watch(Jedis jedis, NodeAddress voter) {
    LeaseRequest request;
    synchronized (holder) {
      request = holder.watch(1_000, 0);
    }
    answered(voter, ask(jedis, request));
  }

  private void answered(NodeAddress voter, LeaseReply reply) {
    LeaseRequest gaveUp = null;
    synchronized (holder) {
      if (holder.answered(NodeId.of(voter), reply)) {
        gaveUp = holder.gaveUp();
      }
    }
    if (gaveUp != null) {
      for (NodeAddress each : voters) {
        try (var jedis = new Jedis(each.host(), each.port(), 1_000)) {
          ask(jedis, gaveUp);
        } catch (JedisException e) {
          // That voter waits the lease out.
        }
      }
    }
  }

  private static LeaseReply ask(Jedis jedis, LeaseRequest request) {
    return LeaseReply.read(Wire.ask(jedis, request.arguments()));
  }

  /** The record this holder may write under now; null while it holds no lease. */
  @Nullable AcceptedRecord held() {
    synchronized (holder) {
      AcceptedRecord record = holder.record();
      return record != null
              && LeaseHolder.runs(holder.heldUntilNanos(record.epoch()), ticker.nowNanos())
          ? record
          : null;
    }
  }

  @Override
  public void close() {
    running = false;
    threads.forEach(Thread::interrupt);
  }
}
