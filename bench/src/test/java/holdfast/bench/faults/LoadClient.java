package holdfast.bench.faults;

import holdfast.bench.history.Operation;
import holdfast.bench.history.Operation.Action;
import holdfast.bench.history.Operation.Append;
import holdfast.bench.history.Operation.Outcome;
import holdfast.bench.history.Operation.Read;
import holdfast.bench.history.Operation.ReadAll;
import holdfast.bench.history.Operation.Write;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one host, a process of their own: four connections, one command at a time each, at
 * a steady rate, nothing repeated. Three write and read registers and lists, keys of their own and
 * shared ones; the fourth appends in transactions that also ask who executes them. Obeys lines on
 * standard input, each answered with one line, and ends with it:
 *
 * <pre>
 * begin PREFIX   new keys; the clients begin
 * pause          no command is under way when this is answered; connections are closed
 * resume
 * finish FILE    the clients end; what they saw is in the file
 * </pre>
 */
public final class LoadClient {
  private static final int CONNECTIONS = 4;
  private static final int SHARED_KEYS = 3;
  private static final long INTERVAL_NANOS = 30_770_000; // 32.5 commands a second
  private static final int WRITES_OF_13 = 10;
  private static final long BEHIND_NANOS_MAX = 200_000_000;
  private static final long AFTER_ERROR_NANOS = 50_000_000;

  /** Longer than the hold window: what waits there is answered by the proxy, not given up here. */
  private static final int TIMEOUT_MILLIS = 15_000;

  private final int host;
  private final int port;
  private List<Worker> workers = List.of();

  private LoadClient(int host, int port) {
    this.host = host;
    this.port = port;
  }

  /** Number of the host, and the port of its proxy on loopback. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    var client = new LoadClient(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(client.obey(line.strip().split(" ", -1)));
    }
    System.exit(0);
  }

  private String obey(String[] words) throws InterruptedException {
    switch (words[0]) {
      case "begin" -> begin(words[1]);
      case "pause" -> {
        for (Worker worker : workers) {
          worker.pause(true);
        }
        for (Worker worker : workers) {
          worker.awaitIdle();
        }
      }
      case "resume" -> workers.forEach(worker -> worker.pause(false));
      case "finish" -> finish(words[1]);
      default -> {
        return "no such command: " + words[0];
      }
    }
    return "ok";
  }

  private void begin(String prefix) {
    var begun = new ArrayList<Worker>();
    for (int i = 0; i < CONNECTIONS; i++) {
      begun.add(new Worker(prefix, i));
    }
    workers = begun;
    workers.forEach(worker -> worker.thread.start());
  }

  private void finish(String file) throws InterruptedException {
    workers.forEach(Worker::finish);
    try (var out = new PrintStream(file, StandardCharsets.UTF_8)) {
      for (Worker worker : workers) {
        worker.thread.join();
        worker.seen.forEach(out::println);
      }
    } catch (IOException e) {
      throw new IllegalStateException(file, e);
    }
    workers = List.of();
  }

  private final class Worker {
    /** As text: an answer that lists a thousand elements is many objects. */
    final List<String> seen = new ArrayList<>();

    final Thread thread;
    private final String prefix;
    private final int index;
    private final String name;
    private @Nullable RespSocket socket;
    private volatile boolean finished;
    private volatile boolean paused;
    private volatile boolean idle;
    private long sequence;

    Worker(String prefix, int index) {
      this.prefix = prefix;
      this.index = index;
      this.name = "h" + host + "c" + index;
      this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::run);
    }

    void pause(boolean on) {
      paused = on;
    }

    void awaitIdle() throws InterruptedException {
      while (!idle) {
        Thread.sleep(1);
      }
    }

    void finish() {
      finished = true;
    }

    private void run() {
      long due = System.nanoTime() + INTERVAL_NANOS * (index * 5 + host) / (CONNECTIONS * 5);
      for (long turn = host + 3L * index; !finished; turn++) {
        sleepUntil(due);
        idle = paused;
        if (paused) {
          disconnect();
          due = System.nanoTime() + INTERVAL_NANOS;
          continue;
        }
        if (System.nanoTime() - due > BEHIND_NANOS_MAX) {
          due = System.nanoTime(); // no stampede of what was missed
        }
        due += INTERVAL_NANOS;
        if (!turn(turn)) {
          disconnect();
          due = System.nanoTime() + AFTER_ERROR_NANOS;
        }
      }
      disconnect();
    }

    private void sleepUntil(long due) {
      for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }

    private void disconnect() {
      RespSocket open = socket;
      socket = null;
      if (open != null) {
        try {
          open.close();
        } catch (IOException e) {
          // It was broken already.
        }
      }
    }

    /** One command; false if the connection is of no use any more. */
    private boolean turn(long turn) {
      RespSocket open = socket;
      if (open == null) {
        try {
          open = new RespSocket("127.0.0.1", port, TIMEOUT_MILLIS);
          socket = open;
        } catch (IOException e) {
          return false; // nothing was sent: nothing to write down
        }
      }
      boolean own = turn / 13 % 2 == 0;
      String target = own ? name : "shared" + turn % SHARED_KEYS;
      boolean writes = turn % 13 < WRITES_OF_13;
      boolean list = index == CONNECTIONS - 1 || turn % 2 == 0;
      String key = prefix + (list ? ":list:" : ":register:") + target;
      String value = name + "." + ++sequence;
      long invoked = System.nanoTime();
      try {
        if (!writes) {
          read(open, key, list, invoked);
        } else if (index == CONNECTIONS - 1) {
          transaction(open, key, value, invoked);
        } else {
          write(open, key, value, list, invoked);
        }
        return true;
      } catch (IOException e) {
        Action lost =
            list
                ? writes ? new Append(key, value, -1) : new ReadAll(key, List.of())
                : writes ? new Write(key, value) : new Read(key, null);
        note(lost, Outcome.UNKNOWN, invoked, "", e.toString());
        return false;
      }
    }

    private void read(RespSocket open, String key, boolean list, long invoked) throws IOException {
      Object reply = list ? open.call("LRANGE", key, "0", "-1") : open.call("GET", key);
      if (reply instanceof RespSocket.Err(var text)) {
        Action failed = list ? new ReadAll(key, List.of()) : new Read(key, null);
        note(failed, Seen.fateOf(text), invoked, "", text);
      } else if (list) {
        note(new ReadAll(key, RespSocket.strings(reply)), Outcome.OK, invoked, "", "");
      } else {
        note(new Read(key, (String) reply), Outcome.OK, invoked, "", "");
      }
    }

    private void write(RespSocket open, String key, String value, boolean list, long invoked)
        throws IOException {
      Object reply = list ? open.call("RPUSH", key, value) : open.call("SET", key, value);
      if (reply instanceof RespSocket.Err(var text)) {
        Action failed = list ? new Append(key, value, -1) : new Write(key, value);
        note(failed, Seen.fateOf(text), invoked, "", text);
      } else if (list) {
        note(new Append(key, value, (Long) reply), Outcome.OK, invoked, "", "");
      } else {
        note(new Write(key, value), Outcome.OK, invoked, "", "");
      }
    }

    /** The append and the question who executes it are one: nobody comes between. */
    private void transaction(RespSocket open, String key, String value, long invoked)
        throws IOException {
      open.send(
          new String[] {"MULTI"},
          new String[] {"RPUSH", key, value},
          new String[] {"INFO", "server"},
          new String[] {"INFO", "replication"},
          new String[] {"EXEC"});
      Object reply = null;
      String error = "";
      for (int i = 0; i < 5; i++) {
        reply = open.read();
        if (reply instanceof RespSocket.Err(var text) && error.isEmpty()) {
          error = text;
        }
      }
      if (reply instanceof List<?> results && results.size() == 3) {
        String master =
            field(results.get(1), "run_id") + "/" + field(results.get(2), "master_replid");
        long length = (Long) results.get(0);
        note(new Append(key, value, length), Outcome.OK, invoked, master, "");
      } else {
        note(new Append(key, value, -1), Seen.fateOf(error), invoked, "", error);
      }
    }

    private static String field(@Nullable Object info, String name) {
      return String.valueOf(info)
          .lines()
          .filter(line -> line.startsWith(name + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("?");
    }

    private void note(Action action, Outcome outcome, long invoked, String master, String error) {
      var operation = new Operation(name, action, outcome, invoked, System.nanoTime());
      seen.add(new Seen(host, operation, master, error).line());
    }
  }
}
