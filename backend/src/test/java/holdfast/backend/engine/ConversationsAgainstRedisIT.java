package holdfast.backend.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.testing.RedisServer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What clients see of each other: publish and subscribe, and CLIENT. Each line of a script is a
 * client and its command, given to a redis-server and to an engine; after it everybody must have
 * got the same bytes. After "~" figures that cannot be the same are left out.
 */
class ConversationsAgainstRedisIT {
  private static final String OWN_FIGURES =
      "\\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|tot-mem"
          + "|events)=\\S*";

  private final InProcess process = new InProcess();
  private final Map<String, Pair> clients = new LinkedHashMap<>();
  private RedisServer server;

  /** One client of each. */
  private final class Pair {
    final Socket socket;
    final InProcess.Connection connection = process.connect();
    boolean gone;

    Pair() throws IOException {
      socket = new Socket(server.address().getAddress(), server.address().getPort());
      socket.setTcpNoDelay(true);
    }

    /** As much as {@code ours}, or to the end of the connection. */
    String theirs(String ours, boolean roughly) throws IOException {
      socket.setSoTimeout(5000);
      var got = new StringBuilder();
      byte[] chunk = new byte[1 << 14];
      while (roughly ? RawReply.end(got.toString()) < 0 : got.length() < ours.length()) {
        int count;
        try {
          count = socket.getInputStream().read(chunk);
        } catch (SocketTimeoutException e) {
          return got + "<nothing more>";
        }
        if (count < 0) {
          return got + "<closed>";
        }
        got.append(new String(chunk, 0, count, ISO_8859_1));
      }
      return got.toString();
    }

    boolean isClosedThere() throws IOException {
      socket.setSoTimeout(5000);
      return socket.getInputStream().read() < 0;
    }
  }

  @BeforeEach
  void start() {
    server = RedisServer.start();
  }

  @AfterEach
  void stop() throws IOException {
    for (Pair pair : clients.values()) {
      pair.socket.close();
    }
    server.close();
  }

  private void run(String script) throws IOException {
    for (String line : script.strip().split("\n")) {
      String step = line.strip();
      boolean roughly = step.startsWith("~");
      String[] words = step.substring(roughly ? 1 : 0).split(" +");
      if (!clients.containsKey(words[0])) {
        clients.put(words[0], new Pair());
      }
      step(step, roughly, clients.get(words[0]), words);
    }
  }

  private void step(String line, boolean roughly, Pair from, String[] words) throws IOException {
    process.nowMillis = System.currentTimeMillis();
    var request = new StringBuilder("*" + (words.length - 1) + "\r\n");
    for (int i = 1; i < words.length; i++) {
      request.append('$').append(words[i].length()).append("\r\n").append(words[i]).append("\r\n");
    }
    from.socket.getOutputStream().write(request.toString().getBytes(ISO_8859_1));
    byte[][] args = Stream.of(words).skip(1).map(RawReply::bytes).toArray(byte[][]::new);
    process.engine.execute(from.connection.client, args, process.nowMillis);
    if (words[1].startsWith("BL")) {
      awaitBlocked(clients.values().iterator().next());
    }
    for (Map.Entry<String, Pair> entry : clients.entrySet()) {
      Pair pair = entry.getValue();
      if (pair.gone) {
        continue;
      }
      String ours = pair.connection.received();
      if (!ours.isEmpty()) {
        String theirs = pair.theirs(ours, roughly && pair == from);
        String where = line + ": what " + entry.getKey() + " got";
        assertEquals(comparable(theirs, roughly), comparable(ours, roughly), where);
      }
      if (pair.connection.closed) {
        assertEquals(true, pair.isClosedThere(), line + ": " + entry.getKey() + " is closed");
        process.engine.disconnect(pair.connection.client);
        pair.gone = true;
      }
    }
  }

  /** Nothing comes back that would say so: asked on the first client's own connection. */
  private void awaitBlocked(Pair asking) throws IOException {
    byte[] chunk = new byte[1 << 14];
    String info = "";
    while (!info.contains("blocked_clients:1")) {
      asking.socket.getOutputStream().write("INFO clients\r\n".getBytes(ISO_8859_1));
      info = "";
      while (RawReply.end(info) < 0) {
        int count = asking.socket.getInputStream().read(chunk);
        info += new String(chunk, 0, count, ISO_8859_1);
      }
    }
  }

  private static String comparable(String text, boolean roughly) {
    return roughly
        ? text.replaceAll(OWN_FIGURES, "$1=?").replaceAll("[$=:][0-9]+\r\n", "?\r\n")
        : text;
  }

  @Test
  void subscribersOfBothProtocolsHearTheSame() throws IOException {
    for (String hello : new String[] {"a PING", "~a HELLO 3"}) {
      run(hello);
      run(
          """
          a SUBSCRIBE one two
          a SUBSCRIBE one
          b PUBLISH one hello
          a PSUBSCRIBE o* *z
          b PUBLISH one hello
          b PUBLISH nobody hello
          a PING
          a PING text
          a GET k
          a SET k 1
          a SSUBSCRIBE shard
          b SPUBLISH shard hello
          b PUBLISH shard hello
          b SPUBLISH one hello
          b PUBSUB NUMSUB one two three
          b PUBSUB NUMPAT
          b PUBSUB CHANNELS tw*
          b PUBSUB SHARDCHANNELS
          b PUBSUB SHARDNUMSUB shard one
          a UNSUBSCRIBE two nothing
          a UNSUBSCRIBE
          a UNSUBSCRIBE
          a PUNSUBSCRIBE o*
          b PUBLISH one hello
          a PUNSUBSCRIBE
          a SUNSUBSCRIBE x
          a SUNSUBSCRIBE
          a SUNSUBSCRIBE
          b PUBLISH one hello
          a GET nothing
          a SUBSCRIBE
          a UNSUBSCRIBE x y
          b PUBSUB CHANNELS
          b PUBSUB NUMSUB
          a RESET
          """);
    }
  }

  @Test
  void transactionsPublishAndSubscribe() throws IOException {
    run(
        """
        ~c HELLO 3
        c SUBSCRIBE news
        a MULTI
        a PUBLISH news one
        a SUBSCRIBE news
        a PUBLISH news two
        a EXEC
        a GET k
        a UNSUBSCRIBE
        c MULTI
        c PUBLISH news three
        c UNSUBSCRIBE news
        c PUBLISH news four
        c EXEC
        c SUBSCRIBE news
        c PUBLISH news five
        c CLIENT REPLY OFF
        c PUBLISH news six
        c GET k
        c SUBSCRIBE more
        c CLIENT REPLY ON
        c CLIENT REPLY SKIP
        c PUBLISH news seven
        c PUBLISH more eight
        c QUIT
        b PUBSUB NUMSUB news more
        """);
  }

  @Test
  void clientsAreShownAndNamedAlike() throws IOException {
    run(
        """
        a CLIENT GETNAME
        a CLIENT SETNAME first
        a CLIENT GETNAME
        a CLIENT SETNAME with\u00e9
        ~a CLIENT INFO
        b SELECT 3
        b MULTI
        b SET x 1
        ~a CLIENT LIST
        b EXEC
        ~c HELLO 3 SETNAME third
        c SUBSCRIBE x
        c PSUBSCRIBE y*
        c SSUBSCRIBE z
        d BLPOP nothing 0
        ~a CLIENT LIST
        ~a CLIENT LIST TYPE normal
        ~a CLIENT LIST TYPE pubsub
        ~a CLIENT LIST TYPE replica
        ~a CLIENT LIST TYPE master
        ~a CLIENT LIST ID 1000
        a CLIENT LIST ID
        a CLIENT LIST TYPE
        a CLIENT LIST x
        a CLIENT NO-EVICT on
        ~a CLIENT INFO
        a CLIENT NO-EVICT off
        a CLIENT GETREDIR
        a CLIENT TRACKINGINFO
        c CLIENT TRACKINGINFO
        a CLIENT TRACKING off
        a CLIENT TRACKING x
        a CLIENT CACHING yes
        a CLIENT CACHING x
        a CLIENT SETINFO lib-name x
        a CLIENT SETNAME
        a CLIENT ID x
        a CLIENT REPLY x
        a CLIENT x
        a CLIENT
        a RESET
        ~a CLIENT INFO
        """);
  }

  @Test
  void clientsAreKilledAlike() throws IOException {
    run(
        """
        a PING
        b PING
        c SUBSCRIBE x
        ~d HELLO 3
        d SUBSCRIBE y
        a CLIENT KILL 1.2.3.4:5
        a CLIENT KILL TYPE master
        a CLIENT KILL ID 1000
        a CLIENT KILL ID 0
        a CLIENT KILL ID x
        a CLIENT KILL ADDR
        a CLIENT KILL ADDR 1.2.3.4:5 SKIPME yes
        a CLIENT KILL SKIPME maybe
        a CLIENT KILL USER nobody
        a CLIENT KILL TYPE pubsub
        b CLIENT KILL TYPE normal
        e PING
        b CLIENT KILL USER default SKIPME no
        """);
  }

  @Test
  void pausesHoldTheSame() throws IOException {
    run(
        """
        a CLIENT PAUSE 100000 WRITE
        b GET k
        b SET k 1
        c PUBLISH x y
        e PING
        a CLIENT PAUSE 10 WRITE
        e DBSIZE
        a CLIENT UNPAUSE
        e GET k
        a CLIENT UNPAUSE
        a CLIENT PAUSE
        a CLIENT PAUSE x
        a CLIENT PAUSE -1
        a CLIENT PAUSE 1 x
        a CLIENT PAUSE 1 WRITE x
        """);
  }
}
