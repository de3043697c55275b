package holdfast.proxy.conformance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Rounds of random commands of four clients, each with its own mode. A round starts with nothing
 * but a few keys of each type, and ends early at the first difference, because what follows one
 * means nothing. The same seed sends the same.
 */
final class Run {
  private static final int ROUND_COMMANDS = 2500;
  private static final int CLIENTS = 4;
  private static final int PIPELINED_LINES_MAX = 20;
  private static final int MULTI_LINES_MAX = 7;
  private static final int WATCH_ONE_IN = 3;
  private static final int DISCARD_ONE_IN = 12;
  private static final int DIFFERENCES_MAX = 60;
  private static final int KEYS_PER_TYPE = 5;

  private static final List<String> KEYS =
      List.of(
          "SET s# x",
          "SET n# 1",
          "SET b# abc",
          "PFADD p# a",
          "RPUSH l# m1 m2 m3",
          "SADD t# m1 m2 m3",
          "SADD o# only",
          "HSET h# f1 a f2 b f3 c",
          "ZADD z# 1 m1 2 m2 3 m3",
          "XADD x# 1-1 f v",
          "XGROUP CREATE x# g1 0",
          "XGROUP CREATECONSUMER x# g1 c1",
          "GEOADD g# 1.5 41.25 m1 2.5 42.25 m2");

  private final Worlds worlds;
  private final Tally tally;
  private final long seed;
  private final long commands;
  private final String functions;
  private final Map<Mode, Catalogue.Deck> decks = new HashMap<>();
  private final List<String> differences = new ArrayList<>();
  private final Map<String, Integer> byCommand = new HashMap<>();

  Run(Worlds worlds, Tally tally, long seed, long commands) {
    this.worlds = worlds;
    this.tally = tally;
    this.seed = seed;
    this.commands = commands;
    this.functions = worlds.functions();
    Catalogue catalogue = Catalogue.read();
    Mode.ALL.forEach(mode -> decks.put(mode, catalogue.deck(mode)));
  }

  /** Differences, readable; none if both worlds tell the same. */
  List<String> differences() {
    for (int round = 0; tally.commands() < commands; round++) {
      try {
        round(round);
      } catch (Difference difference) {
        found(round, difference);
        if (differences.size() >= DIFFERENCES_MAX) {
          break;
        }
      }
    }
    return differences;
  }

  /** Each command's first difference is shown, and how many there were of it. */
  private void found(int round, Difference difference) {
    if (byCommand.merge(difference.command(), 1, Integer::sum) == 1) {
      differences.add("seed " + seed + ", round " + round + ", " + difference.getMessage());
    }
  }

  private void round(int number) throws Difference {
    worlds.forget();
    var random = new Random(seed * 1_000_003 + number);
    var words = new Words(random, functions);
    var clients = new ArrayList<Turn>();
    Mode plain = Mode.ALL.getFirst();
    try (var other = new Client(worlds, plain, tally)) {
      for (int i = 0; i < CLIENTS; i++) {
        Mode mode = Mode.ALL.get((number * CLIENTS + i) % Mode.ALL.size());
        clients.add(new Turn(new Client(worlds, mode, tally), other, random, words));
      }
      populate(other);
      long end = Math.min(commands, tally.commands() + ROUND_COMMANDS);
      while (tally.commands() < end) {
        // Who has sent least is next, so that pipelines do not crowd out the others.
        clients.stream().min(Comparator.comparingLong(Turn::sent)).orElseThrow().take();
      }
      for (Turn turn : clients) {
        turn.finish();
      }
    } finally {
      clients.forEach(turn -> turn.client.close());
    }
  }

  private static void populate(Client client) throws Difference {
    var all = new ArrayList<Command>();
    for (int i = 0; i < KEYS_PER_TYPE; i++) {
      for (String line : KEYS) {
        all.add(Command.of(line.replace("#", Integer.toString(i)).split(" ")));
      }
    }
    client.exchange(all);
  }

  /** What one client does when it is next. */
  private final class Turn {
    private final Client client;
    private final Client other;
    private final Random random;
    private final Words words;
    private int linesLeft;

    Turn(Client client, Client other, Random random, Words words) {
      this.client = client;
      this.other = other;
      this.random = random;
      this.words = words;
    }

    long sent() {
      return client.sent();
    }

    void take() throws Difference {
      words.protocol(client.mode().protocol());
      if (client.mode().multi()) {
        inMulti();
      } else {
        plain();
      }
    }

    private void plain() throws Difference {
      int lines = client.mode().pipelined() ? 1 + random.nextInt(PIPELINED_LINES_MAX) : 1;
      var batch = new ArrayList<Command>();
      for (int i = 0; i < lines; i++) {
        Line line = decks.get(client.mode()).next(random);
        List<Command> filled = line.fill(random, words, false);
        if (line.oneByOne()) {
          client.exchange(batch);
          batch.clear();
          client.exchangeWith(other, filled);
        } else if (endsConnection(filled)) {
          batch.addAll(filled);
          client.exchange(batch);
          batch.clear();
        } else {
          batch.addAll(filled);
        }
      }
      send(batch);
    }

    private static boolean endsConnection(List<Command> commands) {
      return commands.getLast().first().equals("quit");
    }

    private void inMulti() throws Difference {
      if (client.mode().pipelined()) {
        var batch = new ArrayList<>(opening());
        for (int i = random.nextInt(MULTI_LINES_MAX); i >= 0; i--) {
          batch.addAll(decks.get(client.mode()).next(random).fill(random, words, true));
        }
        batch.add(closing());
        send(batch);
      } else if (!client.inMulti()) {
        linesLeft = 1 + random.nextInt(MULTI_LINES_MAX);
        send(opening());
      } else if (linesLeft-- > 0) {
        send(decks.get(client.mode()).next(random).fill(random, words, true));
      } else {
        send(List.of(closing()));
      }
    }

    private List<Command> opening() {
      var commands = new ArrayList<Command>();
      if (random.nextInt(WATCH_ONE_IN) == 0) {
        commands.add(Command.of("WATCH", words.anyKey(), words.anyKey()));
      }
      commands.add(Command.of("MULTI"));
      return commands;
    }

    private Command closing() {
      return Command.of(random.nextInt(DISCARD_ONE_IN) == 0 ? "DISCARD" : "EXEC");
    }

    private void send(List<Command> commands) throws Difference {
      if (client.mode().pipelined()) {
        client.exchange(commands);
      } else {
        for (Command command : commands) {
          client.exchange(List.of(command));
        }
      }
    }

    void finish() throws Difference {
      if (client.inMulti()) {
        client.exchange(List.of(Command.of("EXEC")));
      }
    }
  }
}
