package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/**
 * Sends the same random commands to a real redis-server and to an engine and compares the replies
 * byte by byte; at the end of each round the contents of all keys; and what a second engine has
 * that was fed the first one's effects as a replica is.
 *
 * <p>For a new group of commands: a list of templates ({@link CommandTemplate}) and one test method
 * that calls {@link #compare}. A failure names seed, round and the last commands.
 */
final class Differential implements AutoCloseable {
  private static final int SHOWN_COMMANDS = 25;

  private final RedisServer server;
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final Deque<String> last = new ArrayDeque<>();
  private InProcess process = new InProcess();
  private InProcess replica = new InProcess();
  private InProcess.Connection connection = process.connect();
  private InProcess.Connection replicaConnection = replica.connect();
  private int replicated;

  Differential(RedisServer server) throws IOException {
    this.server = server;
    this.socket = new Socket(server.address().getAddress(), server.address().getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(10_000);
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** Random commands of these templates, in rounds that each begin with nothing. */
  void compare(long seed, int rounds, int commandsPerRound, String... templates)
      throws IOException {
    var parsed = new ArrayList<CommandTemplate>();
    for (String template : templates) {
      parsed.add(new CommandTemplate(template));
    }
    for (int round = 0; round < rounds; round++) {
      String where = "seed " + seed + ", round " + round + ", port " + server.port();
      var random = new Random(seed * 1000 + round);
      begin(round % 2 == 0 ? 2 : 3);
      for (int i = 0; i < commandsPerRound; i++) {
        CommandTemplate template = parsed.get(random.nextInt(parsed.size()));
        byte[][] command = template.fill(random, process.nowMillis);
        check(where, template.check(), command);
      }
      compareContents(where);
    }
  }

  /** COMMAND INFO and COMMAND DOCS of each command that both have. */
  void compareFacts() throws IOException {
    for (int protocol = 2; protocol <= 3; protocol++) {
      begin(protocol);
      for (CommandFacts facts : process.engine.table().commands()) {
        boolean ours = facts.name().startsWith("holdfast");
        if (process.engine.isImplemented(facts) && !facts.hasSubcommands() && !ours) {
          compareFacts(facts);
        }
        for (CommandFacts subcommand : facts.subcommands()) {
          if (process.engine.isImplemented(subcommand)) {
            compareFacts(subcommand);
          }
        }
      }
    }
  }

  private void compareFacts(CommandFacts facts) throws IOException {
    check("facts", CommandTemplate.Check.UNORDERED, words("COMMAND INFO"), facts.nameBytes());
    check("facts", CommandTemplate.Check.UNORDERED, words("COMMAND DOCS"), facts.nameBytes());
  }

  private void begin(int protocol) throws IOException {
    process = new InProcess();
    replica = new InProcess();
    replica.engine.gate().replica(true);
    replica.engine.gate().masterLinkUp(true);
    connection = process.connect();
    replicaConnection = replica.connect();
    replicated = 0;
    last.clear();
    theirs(RawReply.bytes("RESET"));
    theirs(words("DEBUG SET-ACTIVE-EXPIRE 0"));
    theirs(RawReply.bytes("FLUSHALL"));
    theirs(RawReply.bytes("HELLO"), RawReply.bytes("" + protocol));
    connection.call("HELLO", "" + protocol);
  }

  private void check(String where, CommandTemplate.Check check, byte[]... command)
      throws IOException {
    process.nowMillis = System.currentTimeMillis();
    String expected = theirs(command);
    String actual = connection.call(command);
    note(command, expected, actual);
    String context = where + ":\n" + String.join("\n", last) + "\n";
    switch (check) {
      case EXACT -> assertEquals(expected, actual, context);
      case UNORDERED -> assertEquals(RawReply.sorted(expected), RawReply.sorted(actual), context);
      case KIND -> assertEquals(kind(expected), kind(actual), context);
      case ROUGH -> {
        if (!isNear(expected, actual)) {
          assertEquals(expected, actual, context);
        }
      }
    }
    feedReplica(context);
  }

  private void feedReplica(String context) {
    for (; replicated < process.commands.size(); replicated++) {
      String error = replica.engine.apply(process.commands.get(replicated), process.nowMillis);
      assertEquals(null, error, context + "effect " + replicated + " of the list");
    }
  }

  /** Errors must be the same word for word; anything else must only be of one type. */
  private static String kind(String reply) {
    return reply.startsWith("-") ? reply : reply.substring(0, 1);
  }

  private static boolean isNear(String expected, String actual) {
    if (expected.equals(actual)) {
      return true;
    }
    if (!expected.startsWith(":") || !actual.startsWith(":")) {
      return false;
    }
    long a = Long.parseLong(expected.substring(1).trim());
    long b = Long.parseLong(actual.substring(1).trim());
    return a >= 0 && b >= 0 && Math.abs(a - b) < 2000;
  }

  private void compareContents(String where) throws IOException {
    check(where, CommandTemplate.Check.EXACT, words("DISCARD"));
    replicaConnection.call("SELECT", "" + connection.client.database());
    check(where, CommandTemplate.Check.UNORDERED, words("KEYS *"));
    assertEquals(
        RawReply.sorted(connection.call("KEYS", "*")),
        RawReply.sorted(keysOfReplica()),
        where + ": keys of the engine and of its replica");
    for (byte[] key : keys()) {
      String name = new String(key, ISO_8859_1);
      String type = connection.call("TYPE", name).trim().substring(1);
      check(where, CommandTemplate.Check.EXACT, words("TYPE"), key);
      check(where, CommandTemplate.Check.EXACT, words("OBJECT ENCODING"), key);
      check(where, CommandTemplate.Check.ROUGH, words("PTTL"), key);
      check(where, CommandTemplate.Check.UNORDERED, reading(type, key));
      assertEquals(
          RawReply.sorted(connection.call(reading(type, key))),
          RawReply.sorted(replicaConnection.call(reading(type, key))),
          where + ": replica has something else under " + name);
      assertEquals(
          connection.call("PEXPIRETIME", name),
          replicaConnection.call("PEXPIRETIME", name),
          where + ": expiry on the replica of " + name);
    }
  }

  private String keysOfReplica() {
    replicaConnection.call("HELLO", "" + connection.client.protocol());
    return replicaConnection.call("KEYS", "*");
  }

  private List<byte[]> keys() {
    var keys = new ArrayList<byte[]>();
    Database database = process.engine.keyspace().database(connection.client.database());
    database.entries().forEach(entry -> keys.add(entry.key()));
    return keys;
  }

  private static byte[][] reading(String type, byte[] key) {
    return switch (type) {
      case "string" -> join(words("GET"), key);
      case "list" -> join(words("LRANGE"), key, RawReply.bytes("0"), RawReply.bytes("-1"));
      case "set" -> join(words("SMEMBERS"), key);
      case "hash" -> join(words("HGETALL"), key);
      case "zset" ->
          join(
              words("ZRANGE"),
              key,
              RawReply.bytes("0"),
              RawReply.bytes("-1"),
              RawReply.bytes("WITHSCORES"));
      default -> join(words("EXISTS"), key);
    };
  }

  private void check(String where, CommandTemplate.Check check, byte[][] start, byte[] key)
      throws IOException {
    check(where, check, join(start, key));
  }

  private static byte[][] join(byte[][] start, byte[]... more) {
    var all = new ArrayList<byte[]>(List.of(start));
    all.addAll(List.of(more));
    return all.toArray(byte[][]::new);
  }

  private static byte[][] words(String text) {
    var words = new ArrayList<byte[]>();
    for (String word : text.split(" ")) {
      words.add(RawReply.bytes(word));
    }
    return words.toArray(byte[][]::new);
  }

  private void note(byte[][] command, String expected, String actual) {
    var line = new StringBuilder("  ");
    for (byte[] word : command) {
      line.append(shown(new String(word, ISO_8859_1))).append(' ');
    }
    line.append("-> ").append(shown(expected));
    if (!expected.equals(actual)) {
      line.append("  ours: ").append(shown(actual));
    }
    last.add(line.toString());
    if (last.size() > SHOWN_COMMANDS) {
      last.removeFirst();
    }
  }

  private static String shown(String text) {
    return '"' + text.replace("\r", "\\r").replace("\n", "\\n").replace("\0", "\\0") + '"';
  }

  private String theirs(byte[]... command) throws IOException {
    var request = new StringBuilder("*" + command.length + "\r\n");
    for (byte[] word : command) {
      request.append('$').append(word.length).append("\r\n");
      request.append(new String(word, ISO_8859_1)).append("\r\n");
    }
    out.write(request.toString().getBytes(ISO_8859_1));
    out.flush();
    var reply = new StringBuilder();
    byte[] chunk = new byte[1 << 16];
    while (RawReply.end(reply.toString()) < 0) {
      int count = in.read(chunk);
      if (count < 0) {
        throw new IOException("redis closed the connection");
      }
      reply.append(new String(chunk, 0, count, ISO_8859_1));
    }
    return reply.toString();
  }
}
