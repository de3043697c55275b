package holdfast.bench.faults;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What goes wrong, from the moment it does to the moment it is mended; after that everybody must
 * get in step by themselves.
 */
enum Scenario {
  KILLED("kill -9") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.backend(master).kill();
      Thread.sleep(length);
      at.backend(master).start();
    }
  },

  KILLED_BACK_EMPTY("kill -9, restarted empty at once") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.backend(master).kill();
      at.wipe(master);
      at.backend(master).start();
      Thread.sleep(length);
    }
  },

  HOST_GONE("host gone without a packet") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.hosts().unplug(master);
      at.backend(master).kill();
      at.voter(master).kill();
      Thread.sleep(length);
    }
  },

  STOPPED("SIGSTOP, SIGCONT") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.backend(master).stop();
      Thread.sleep(length);
      at.backend(master).resume();
    }
  },

  HOST_STOPPED("SIGSTOP of backend, voter and proxy, SIGCONT") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      List<HostProcess> parts = List.of(at.proxy(master), at.voter(master), at.backend(master));
      parts.forEach(HostProcess::stop);
      Thread.sleep(length);
      // The backend first: it answers what its proxy is still asked, and has asked.
      parts.reversed().forEach(HostProcess::resume);
    }
  },

  MASTER_AND_REPLICA_CUT("master and a replica cut off") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.hosts().cut(Set.of(master, other(master, 1)));
      Thread.sleep(length);
    }

    @Override
    boolean showsWithoutTheLeaseCheck() {
      return true;
    }
  },

  MASTER_ALONE("master alone with its clients") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.hosts().cut(Set.of(master));
      Thread.sleep(length);
    }

    @Override
    boolean showsWithoutTheLeaseCheck() {
      return true;
    }
  },

  SENT_IS_LOST("one-way: the master's host is heard by nobody") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.hosts().loseSent(master);
      Thread.sleep(length);
    }

    @Override
    boolean showsWithoutTheLeaseCheck() {
      return true;
    }
  },

  RECEIVED_IS_LOST("one-way: the master's host hears nobody") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.hosts().loseReceived(master);
      Thread.sleep(length);
    }

    @Override
    boolean showsWithoutTheLeaseCheck() {
      return true;
    }
  },

  HALF_OPEN("links of one host to the master half-open") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      if (at.hosts().silenceConnections(master, other(master, 1)) == 0) {
        throw new IllegalStateException("there was no connection to silence");
      }
      Thread.sleep(length);
    }
  },

  VOTER_KILLED_ELECTING("kill -9, and of a voter in mid-election") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      at.backend(master).kill();
      at.voter(electing(at)).kill();
      Thread.sleep(length);
    }

    /**
     * Who is the first seen to stand; after two seconds of looking, the first that votes at all.
     */
    private int electing(Deployment at) {
      long began = System.nanoTime();
      while (System.nanoTime() - began < 2_000_000_000L) {
        for (int host = 1; host <= Hosts.COUNT; host++) {
          Map<String, String> status = at.voterStatus(host);
          if (!status.getOrDefault("stage", "Idle").startsWith("Idle")) {
            return host;
          }
        }
      }
      return 1;
    }
  },

  DISK_FULL("kill -9, a voter's disk full") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      int full = other(master, 1);
      Path filler = at.voterFolder(full).resolve("filler");
      Commands.tryRun("dd", "if=/dev/zero", "of=" + filler, "bs=4k");
      at.backend(master).kill();
      Thread.sleep(length);
      Files.delete(filler);
      // It stops for good when it cannot keep its word: its operator starts it again.
      at.voter(full).end();
    }
  },

  ROLLING_RESTART("rolling restart of everything") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      for (int host = 1; host <= Hosts.COUNT; host++) {
        at.load().pause(host); // an application restarts with its proxy
        at.proxy(host).end();
        at.proxy(host).start();
        at.awaitProxy(host, HEALTHY_AGAIN);
        at.load().resume(host);
        at.voter(host).end();
        at.voter(host).start();
        if (Harmony.await(at, HEALTHY_AGAIN).master() == host) {
          at.switchOver(host);
          Harmony.await(at, HEALTHY_AGAIN);
        }
        at.backend(host).end();
        at.backend(host).start();
        Harmony.await(at, HEALTHY_AGAIN);
      }
    }

    @Override
    boolean isPlanned() {
      return true;
    }
  },

  PLANNED("planned switchover each second") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      long began = System.nanoTime();
      // A minute where faults last 20 s.
      while (System.nanoTime() - began < 3 * length.toNanos()) {
        at.switchOver(master);
        Thread.sleep(1000);
      }
    }

    @Override
    boolean isPlanned() {
      return true;
    }
  },

  ALL_AT_ONCE("kill -9 of everything, and back") {
    @Override
    void happen(Deployment at, int master, Duration length) throws Exception {
      for (int host = 1; host <= Hosts.COUNT; host++) {
        at.backend(host).kill();
        at.voter(host).kill();
        at.proxy(host).kill();
      }
      at.heal();
      at.decideIfAsked(master, HEALTHY_AGAIN);
    }
  };

  static final Duration HEALTHY_AGAIN = Duration.ofSeconds(90);

  private final String text;

  Scenario(String text) {
    this.text = text;
  }

  /** The host that comes some places after this one. */
  static int other(int host, int places) {
    return (host - 1 + places) % Hosts.COUNT + 1;
  }

  /** It goes wrong, and stays so for about {@code length}. */
  abstract void happen(Deployment at, int master, Duration length) throws Exception;

  /** Whether loss or two masters must show when proxies do not look at their lease. */
  boolean showsWithoutTheLeaseCheck() {
    return false;
  }

  /** Whether an operator asked for it: then no client may see anything of it. */
  boolean isPlanned() {
    return false;
  }

  @Override
  public String toString() {
    return text;
  }
}
