package holdfast.proxy.memory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Many clients that each send the same commands at once and check that each reply to them is {@code
 * +OK}; none reads before it is told to.
 */
final class Pipelines implements AutoCloseable {
  private static final byte[] REPLY = {'+', 'O', 'K', '\r', '\n'};

  /** What one client has still to send and to hear. */
  private static final class Client {
    private final SocketChannel channel;
    private final ByteBuffer toSend;
    private final long toHear;
    private long heard;

    Client(SocketChannel channel, byte[] commands, int count) {
      this.channel = channel;
      this.toSend = ByteBuffer.wrap(commands);
      this.toHear = (long) count * REPLY.length;
    }
  }

  private final Selector selector = Selector.open();
  private final List<Client> clients = new ArrayList<>();
  private final ByteBuffer in = ByteBuffer.allocateDirect(256 * 1024);
  private int done;

  /**
   * @param commands of each client
   * @param count how many these are
   */
  Pipelines(int port, int clientCount, byte[] commands, int count) throws IOException {
    for (int i = 0; i < clientCount; i++) {
      var channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", port));
      channel.configureBlocking(false);
      var client = new Client(channel, commands, count);
      clients.add(client);
      channel.register(selector, SelectionKey.OP_WRITE, client);
    }
  }

  /** Sends until all is sent, or nobody takes any more of it. */
  void sendWhatIsTaken() throws IOException {
    while (selector.select(500) > 0) {
      for (SelectionKey key : selector.selectedKeys()) {
        send(key, (Client) key.attachment());
      }
      selector.selectedKeys().clear();
    }
  }

  private static void send(SelectionKey key, Client client) throws IOException {
    client.channel.write(client.toSend);
    if (!client.toSend.hasRemaining()) {
      key.interestOpsAnd(~SelectionKey.OP_WRITE);
    }
  }

  /** Sends the rest and reads until each client has all its replies. */
  void finish() throws IOException {
    for (SelectionKey key : selector.keys()) {
      key.interestOpsOr(SelectionKey.OP_READ);
    }
    while (done < clients.size()) {
      if (selector.select(60_000) == 0) {
        throw new IllegalStateException(clients.size() - done + " clients wait for ever");
      }
      for (SelectionKey key : selector.selectedKeys()) {
        var client = (Client) key.attachment();
        if (key.isWritable()) {
          send(key, client);
        }
        if (key.isReadable()) {
          hear(client);
        }
      }
      selector.selectedKeys().clear();
    }
  }

  private void hear(Client client) throws IOException {
    in.clear();
    if (client.channel.read(in) < 0) {
      throw new IllegalStateException(
          "a client was closed after " + client.heard / REPLY.length + " replies");
    }
    in.flip();
    while (in.hasRemaining()) {
      byte got = in.get();
      if (got != REPLY[(int) (client.heard % REPLY.length)]) {
        throw new IllegalStateException("no +OK as reply " + client.heard / REPLY.length);
      }
      client.heard++;
    }
    if (client.heard == client.toHear) {
      done++;
    }
  }

  @Override
  public void close() throws IOException {
    for (Client client : clients) {
      client.channel.close();
    }
    selector.close();
  }
}
