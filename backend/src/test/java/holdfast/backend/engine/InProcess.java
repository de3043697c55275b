package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import holdfast.backend.resp.RespWriter;
import holdfast.backend.store.DumpCommands;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** An engine with a clock that the test moves, and clients whose replies are read as text. */
final class InProcess {
  final List<String> effects = new ArrayList<>();

  /** All effects as they came, with SELECT where the database changes: what a replica gets. */
  final List<byte[][]> commands = new ArrayList<>();

  private int selected = -1;
  final Engine engine;
  long nowMillis = 1_700_000_000_000L;

  InProcess() {
    this("");
  }

  InProcess(String password) {
    engine =
        new Engine(
            new EngineSettings(16, password, "0".repeat(40), nowMillis, new Random(1)),
            this::propagated,
            Host.NONE);
    DumpCommands.register(engine);
  }

  private void propagated(int database, byte[][] command) {
    effects.add(database + " " + joined(command));
    if (database != selected) {
      commands.add(new byte[][] {Words.bytes("SELECT"), Words.bytes(database)});
      selected = database;
    }
    commands.add(command);
  }

  private static String joined(byte[][] command) {
    var words = new ArrayList<String>();
    for (byte[] word : command) {
      words.add(new String(word, ISO_8859_1));
    }
    return String.join(" ", words);
  }

  /** A new connection. */
  Connection connect() {
    return connect("127.0.0.1:1000");
  }

  /** A new connection from there. */
  Connection connect(String address) {
    return new Connection(address);
  }

  /** Lets time pass, with ticks. */
  void advance(long millis) {
    nowMillis += millis;
    engine.tick(nowMillis);
  }

  /** The effects since the last call. */
  List<String> effects() {
    var copy = List.copyOf(effects);
    effects.clear();
    return copy;
  }

  /** One client. */
  final class Connection implements Output {
    private final ByteBuf buffer = Unpooled.buffer();
    private final RespWriter writer = new RespWriter(buffer, 2);
    final Client client;
    boolean closed;
    int resumed;

    Connection(String address) {
      client = engine.connect(this, address, "127.0.0.1:6379", nowMillis);
    }

    /** Sends a command of words and returns what came back, as it stands on the wire. */
    String call(String... words) {
      byte[][] args = new byte[words.length][];
      for (int i = 0; i < words.length; i++) {
        args[i] = words[i].getBytes(ISO_8859_1);
      }
      return call(args);
    }

    String call(byte[]... args) {
      engine.execute(client, args, nowMillis);
      return received();
    }

    /** What came since the last call. */
    String received() {
      String text = buffer.toString(ISO_8859_1);
      buffer.clear();
      return text;
    }

    @Override
    public RespWriter writer(int protocol) {
      writer.protocol(protocol);
      return writer;
    }

    @Override
    public void close() {
      closed = true;
    }

    @Override
    public void closeAfterReply() {
      closed = true;
    }

    @Override
    public void resume() {
      resumed++;
    }
  }
}
