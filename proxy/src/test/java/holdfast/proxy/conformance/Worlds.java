package holdfast.proxy.conformance;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.testing.RedisServer;
import holdfast.backend.testing.Wire;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.proxy.runtime.ProxySettings;
import holdfast.proxy.runtime.TopologySettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A redis-server, and another of the same kind with a proxy before it. */
final class Worlds implements AutoCloseable {
  /** Run at both servers before each round, so that it starts with nothing of the one before. */
  private static final List<String> FORGET =
      List.of(
          "FLUSHALL",
          "FUNCTION FLUSH",
          "SCRIPT FLUSH",
          "ACL DELUSER u1",
          "ACL LOG RESET",
          "CLIENT UNPAUSE",
          "CONFIG SET maxmemory-policy noeviction timeout 0 maxclients 10000",
          "CONFIG SET lua-time-limit 5000 slowlog-log-slower-than -1",
          "SLOWLOG RESET");

  private final RedisServer alone;
  private final RedisServer backend;
  private final ProxyServer proxy;

  /**
   * Starts them.
   *
   * @param folder for what ACL SAVE writes
   */
  Worlds(Path folder) throws IOException {
    alone = start(folder, "alone.acl");
    backend = start(folder, "backend.acl");
    proxy =
        ProxyServer.start(
            ProxySettings.of(
                    "127.0.0.1",
                    0,
                    new TopologySettings.Single(new NodeAddress("127.0.0.1", backend.port())))
                .withLoops(2));
  }

  private static RedisServer start(Path folder, String name) throws IOException {
    Path users = Files.createFile(folder.resolve(name));
    return RedisServer.start("--aclfile", users.toString());
  }

  InetSocketAddress direct() {
    return alone.address();
  }

  InetSocketAddress proxied() {
    return new InetSocketAddress("127.0.0.1", proxy.address().getPort());
  }

  void forget() {
    for (RedisServer server : List.of(alone, backend)) {
      try (var wire = new Wire(server.address())) {
        FORGET.forEach(line -> wire.call(line.split(" ")));
      }
    }
  }

  /** What the server's COMMAND lists, subcommands as "client|id". */
  Set<String> names() {
    try (var wire = new Wire(direct())) {
      var names = new TreeSet<String>();
      if (wire.call("COMMAND", "LIST") instanceof List<?> list) {
        list.forEach(name -> names.add(String.valueOf(name)));
      }
      return names;
    }
  }

  /** What FUNCTION DUMP answers when the library of {@link Words} is there. */
  String functions() {
    try (var wire = new Wire(direct())) {
      wire.call("FUNCTION", "LOAD", "REPLACE", Words.library());
      return wire.text("FUNCTION", "DUMP");
    }
  }

  @Override
  public void close() {
    proxy.close();
    alone.close();
    backend.close();
  }
}
