package holdfast.bench.faults;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Hosts on one switch, each a network namespace with an address of its own; the switch is a
 * namespace too, so that nothing of the machine's own network is touched. Packets are lost by rules
 * of each host's own firewall.
 *
 * <p>One at a time on a machine: a lock says so. What an aborted run has left is removed at the
 * next start: processes in our namespaces are ours, whoever started them.
 */
final class Hosts implements AutoCloseable {
  /** Five, as the scenarios want it; {@code bench/failover} also measures with fewer. */
  static final int COUNT = Integer.getInteger("holdfast.bench.hosts", 5);

  private static final String PREFIX = "hff";
  private static final String SWITCH = PREFIX + "s";
  private static final String NET = "10.77.0.";

  /** Where everything lives that a run keeps. */
  static final Path FOLDER = Path.of("/tmp/holdfast-faults");

  private final FileChannel lock;

  private Hosts(FileChannel lock) {
    this.lock = lock;
  }

  /** Builds them; waits for another run on this machine to end. */
  @SuppressWarnings("resource") // closed with the hosts
  static Hosts build() throws IOException {
    Files.createDirectories(FOLDER);
    FileChannel lock =
        FileChannel.open(
            FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    lock.lock();
    var hosts = new Hosts(lock);
    removeAll();
    try {
      hosts.addAll();
      return hosts;
    } catch (RuntimeException e) {
      hosts.close();
      throw e;
    }
  }

  private void addAll() {
    Commands.run("ip", "netns", "add", SWITCH);
    inSwitch("ip", "link", "add", "br0", "type", "bridge");
    inSwitch("ip", "address", "add", NET + "254/24", "dev", "br0");
    inSwitch("ip", "link", "set", "lo", "up");
    inSwitch("ip", "link", "set", "br0", "up");
    for (int host = 1; host <= COUNT; host++) {
      Commands.run("ip", "netns", "add", namespace(host));
      inSwitch(
          "ip",
          "link",
          "add",
          "h" + host,
          "type",
          "veth",
          "peer",
          "name",
          "eth0",
          "netns",
          namespace(host));
      inSwitch("ip", "link", "set", "h" + host, "master", "br0", "up");
      on(host, "ip", "address", "add", address(host) + "/24", "dev", "eth0");
      on(host, "ip", "link", "set", "lo", "up");
      on(host, "ip", "link", "set", "eth0", "up");
    }
  }

  /** Removes what this or an earlier run has made, processes first. */
  private static void removeAll() {
    String listed = Commands.run("ip", "netns", "list");
    for (String line : listed.lines().toList()) {
      String name = line.split(" ", 2)[0];
      if (name.startsWith(PREFIX)) {
        for (String pid : Commands.run("ip", "netns", "pids", name).lines().toList()) {
          if (Long.parseLong(pid) != ProcessHandle.current().pid()) {
            Commands.tryRun("kill", "-KILL", pid);
          }
        }
        Commands.run("ip", "netns", "delete", name);
      }
    }
    unmountAll();
  }

  private static void unmountAll() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
        String at = line.split(" ", -1)[1];
        if (at.startsWith(FOLDER + "/")) {
          Commands.run("umount", "-l", at);
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("/proc/mounts", e);
    }
  }

  /** Its namespace. */
  static String namespace(int host) {
    return PREFIX + host;
  }

  /** The namespace from which every host can be reached that is not cut off from all. */
  static String outside() {
    return SWITCH;
  }

  /** Its address. */
  static String address(int host) {
    return NET + host;
  }

  /** Runs a tool there. */
  static String on(int host, String... words) {
    return Commands.run(within(namespace(host), words));
  }

  private static String inSwitch(String... words) {
    return Commands.run(within(SWITCH, words));
  }

  private static String[] within(String namespace, String... words) {
    var all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(List.of(words));
    return all.toArray(String[]::new);
  }

  // ---- faults of the network

  /** The cable is pulled: from now on no packet leaves or reaches the host, and nobody is told. */
  void unplug(int host) {
    inSwitch("ip", "link", "set", "h" + host, "down");
  }

  void plug(int host) {
    inSwitch("ip", "link", "set", "h" + host, "up");
  }

  /** These and the other hosts lose all packets to each other. */
  void cut(Set<Integer> side) {
    for (int host : side) {
      for (int other = 1; other <= COUNT; other++) {
        if (!side.contains(other)) {
          dropIn(host, other);
          dropOut(host, other);
        }
      }
    }
  }

  /** What the host sends to others is lost; what they send arrives. */
  void loseSent(int host) {
    for (int other = 1; other <= COUNT; other++) {
      if (other != host) {
        dropOut(host, other);
      }
    }
  }

  /** What others send to the host is lost; what it sends arrives. */
  void loseReceived(int host) {
    for (int other = 1; other <= COUNT; other++) {
      if (other != host) {
        dropIn(host, other);
      }
    }
  }

  private static void dropIn(int host, int other) {
    on(host, "iptables", "-w", "-A", "INPUT", "-s", address(other), "-j", "DROP");
  }

  private static void dropOut(int host, int other) {
    on(host, "iptables", "-w", "-A", "OUTPUT", "-d", address(other), "-j", "DROP");
  }

  /**
   * Every connection that exists between two hosts falls silent in both directions; new ones work.
   *
   * @return how many
   */
  int silenceConnections(int host, int other) {
    int count = 0;
    for (String line : on(host, "ss", "-Htn", "state", "established").lines().toList()) {
      String[] columns = line.strip().split("\\s+");
      String local = plain(columns[2]);
      String peer = plain(columns[3]);
      if (!local.startsWith(address(host) + ":") || !peer.startsWith(address(other) + ":")) {
        continue;
      }
      String localPort = local.substring(local.lastIndexOf(':') + 1);
      String peerPort = peer.substring(peer.lastIndexOf(':') + 1);
      on(
          host,
          "iptables",
          "-w",
          "-A",
          "INPUT",
          "-p",
          "tcp",
          "-s",
          address(other),
          "--sport",
          peerPort,
          "--dport",
          localPort,
          "-j",
          "DROP");
      on(
          host,
          "iptables",
          "-w",
          "-A",
          "OUTPUT",
          "-p",
          "tcp",
          "-d",
          address(other),
          "--sport",
          localPort,
          "--dport",
          peerPort,
          "-j",
          "DROP");
      count++;
    }
    return count;
  }

  /** Java's sockets show IPv4 addresses as IPv6 ones. */
  private static String plain(String address) {
    return address.replace("[::ffff:", "").replace("]", "");
  }

  /** All packets arrive again, everywhere. */
  void heal() {
    for (int host = 1; host <= COUNT; host++) {
      on(host, "iptables", "-w", "-F");
      plug(host);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      removeAll();
    } finally {
      lock.close();
    }
  }
}
