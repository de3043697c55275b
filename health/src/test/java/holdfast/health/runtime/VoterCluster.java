package holdfast.health.runtime;

import static org.awaitility.Awaitility.await;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Three voters in this process, on ports and with data folders of their own. */
final class VoterCluster implements AutoCloseable {
  private final Path folder;
  private final List<NodeAddress> addresses;
  private final List<NodeAddress> backends;
  private final int replicasRequired;
  private final List<@Nullable VoterServer> servers = new ArrayList<>();

  VoterCluster(List<NodeAddress> backends) {
    this(backends, 3);
  }

  VoterCluster(List<NodeAddress> backends, int voters) {
    this(backends, voters, 0);
  }

  VoterCluster(List<NodeAddress> backends, int voters, int replicasRequired) {
    this.backends = backends;
    this.replicasRequired = replicasRequired;
    this.addresses =
        IntStream.range(0, voters)
            .mapToObj(_ -> new NodeAddress("127.0.0.1", RedisServer.freePort()))
            .toList();
    try {
      folder = Files.createTempDirectory("holdfast-voters-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (int i = 0; i < voters; i++) {
      servers.add(VoterServer.start(settings(i)));
    }
  }

  VoterSettings settings(int index) {
    var peers = new ArrayList<>(addresses);
    NodeAddress self = peers.remove(index);
    return VoterSettings.of(self, peers, backends, folder.resolve("v" + index))
        .withReplicasRequired(replicasRequired);
  }

  /** Starts one more, with the others as its peers, which do not know it. */
  NodeAddress add() {
    var address = new NodeAddress("127.0.0.1", RedisServer.freePort());
    int index = servers.size();
    servers.add(
        VoterServer.start(
            VoterSettings.of(
                    address, addresses.subList(0, 2), backends, folder.resolve("v" + index))
                .withReplicasRequired(replicasRequired)));
    return address;
  }

  List<NodeAddress> addresses() {
    return addresses;
  }

  VoterServer server(int index) {
    VoterServer server = servers.get(index);
    if (server == null) {
      throw new IllegalStateException("voter " + index + " is stopped");
    }
    return server;
  }

  void stop(int index) {
    VoterServer server = servers.set(index, null);
    if (server != null) {
      server.close();
    }
  }

  void start(int index) {
    servers.set(index, VoterServer.start(settings(index)));
  }

  /** Waits until every running voter has accepted one record of at least this epoch. */
  AcceptedRecord awaitEpoch(long epoch) {
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                servers.stream()
                    .filter(server -> server != null)
                    .allMatch(
                        server -> {
                          AcceptedRecord record = server.record();
                          return record != null && record.epoch() >= epoch;
                        }));
    AcceptedRecord record = null;
    for (VoterServer server : servers) {
      if (server != null) {
        record = server.record();
      }
    }
    if (record == null) {
      throw new IllegalStateException("no voter runs");
    }
    return record;
  }

  @Override
  public void close() {
    for (int i = 0; i < servers.size(); i++) {
      stop(i);
    }
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
