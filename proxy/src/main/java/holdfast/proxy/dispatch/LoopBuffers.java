package holdfast.proxy.dispatch;

import holdfast.proxy.hold.BufferBudget;
import holdfast.proxy.hold.BufferBudget.Turn;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What lies in one loop's buffers, and which clients may therefore be read from: carries out what
 * {@link BufferBudget} decides.
 *
 * <p>Counted is what peers can make large: what clients have sent and is not taken, what links have
 * sent and is not answered or wait to send, what they have received and may not hand on, replies
 * that wait for others or for a client that does not fetch them, commands that wait to go out
 * again, and transactions that are kept. Each holder counts what it has itself, the input of a
 * client with all of its buffer.
 *
 * <p>Not counted are slices that keep a larger buffer alive for a moment, TLS records, and what the
 * allocator keeps for later. That is why only a part of the memory is given out.
 *
 * <p>One loop's thread.
 */
final class LoopBuffers {
  private static final long LOOK_MILLIS = 20;

  /** What Netty takes for a stream's socket. */
  private static final int READS_AT_ONCE = 16;

  private final ProxyLoop loop;
  private final Set<ClientConnection> clients;
  private final Set<Upstream> links;
  private final BufferBudget<ClientConnection> budget;
  private final RecvByteBufAllocator readSizes;
  private boolean lookScheduled;

  LoopBuffers(ProxyLoop loop, Set<ClientConnection> clients, Set<Upstream> links, long bytesMax) {
    this.loop = loop;
    this.clients = clients;
    this.links = links;
    this.budget = new BufferBudget<>(bytesMax);
    this.readSizes = new ReadSizes(budget);
  }

  /** So many more bytes are there; fewer if below 0. */
  void add(long more) {
    budget.add(more);
  }

  /** How much is read from a client at a time. */
  RecvByteBufAllocator readSizes() {
    return readSizes;
  }

  /** Whether so much is there that buffers should be no larger than what they hold. */
  boolean isTight() {
    return budget.isTight();
  }

  /** Whether a client that wants to be read from may be; if not it is told when it may. */
  boolean mayRead(ClientConnection client) {
    boolean may = budget.mayRead(client);
    if (!may) {
      scheduleLook();
    }
    return may;
  }

  /** The client was read from, and may need no turn any more. */
  void read(ClientConnection client, boolean gotOn) {
    budget.read(client, gotOn);
  }

  /** The client is gone. */
  void leave(ClientConnection client) {
    budget.leave(client);
  }

  /** The end of a pass: those are read from for whom there is room. */
  void endPass() {
    loop.counters().bufferBytes(budget.bytes());
    if (!budget.isWaitedFor()) {
      return;
    }
    for (ClientConnection client : budget.admit()) {
      client.updateReading();
    }
    if (budget.isWaitedFor() && !budget.isOver()) {
      loop.schedulePass();
    }
  }

  private void scheduleLook() {
    if (!lookScheduled && !loop.isClosing()) {
      lookScheduled = true;
      loop.schedule(this::look, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void look() {
    lookScheduled = false;
    for (ClientConnection client : clients) {
      client.output().count();
    }
    ClientConnection had = budget.holder();
    Turn turn = budget.look(goesOn());
    ClientConnection has = budget.holder();
    if (turn == Turn.WASTED && had != null) {
      loop.logger()
          .info(
              "client {} closed: no memory is left for the command that it does not end",
              had.session().address());
      had.close();
    } else if (had != null && had != has) {
      had.updateReading();
    }
    if (has != null && turn == Turn.GIVEN) {
      has.updateReading();
    }
    loop.schedulePass();
    if (budget.isWaitedFor()) {
      scheduleLook();
    }
  }

  /** Whether some of what is there goes by itself: it is answered, or waits for what comes. */
  private boolean goesOn() {
    for (Upstream link : links) {
      if (link.owes() && !link.isSilentByNature()) {
        return true;
      }
    }
    for (ClientConnection client : clients) {
      if (client.getsOnByItself()) {
        return true;
      }
    }
    return false;
  }

  /** As Netty's, which learns how much comes, but next to nothing when nothing is left. */
  @SuppressWarnings("deprecation") // Netty has kept Handle for users of ExtendedHandle
  private static final class ReadSizes extends AdaptiveRecvByteBufAllocator {
    private final BufferBudget<?> budget;

    ReadSizes(BufferBudget<?> budget) {
      this.budget = budget;
      maxMessagesPerRead(READS_AT_ONCE);
    }

    @Override
    public Handle newHandle() {
      return new Bounded(super.newHandle(), budget);
    }
  }

  @SuppressWarnings("deprecation")
  private static final class Bounded extends RecvByteBufAllocator.DelegatingHandle
      implements RecvByteBufAllocator.ExtendedHandle {
    private final RecvByteBufAllocator.ExtendedHandle learning;
    private final BufferBudget<?> budget;

    Bounded(RecvByteBufAllocator.Handle learning, BufferBudget<?> budget) {
      super(learning);
      this.learning = (RecvByteBufAllocator.ExtendedHandle) learning;
      this.budget = budget;
    }

    @Override
    public int guess() {
      return budget.readBytes(learning.guess());
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator from) {
      return from.ioBuffer(guess());
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier more) {
      return learning.continueReading(more);
    }
  }
}
