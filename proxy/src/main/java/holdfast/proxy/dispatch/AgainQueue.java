package holdfast.proxy.dispatch;

import holdfast.proxy.dispatch.ReplyTarget.Frame;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commands of one client that were sent and got no answer, or were refused, and go out again under
 * their old numbers, in the order of those. Bounded by what a client may have in flight.
 */
final class AgainQueue {
  /**
   * One of them.
   *
   * @param mayHaveRun whether its first sending may have been executed, and changed something
   */
  record Again(int number, ByteBuf frame, boolean mayHaveRun) {}

  private final ProxyLoop loop;
  private final Deque<Again> queue = new ArrayDeque<>();
  private long bytes;

  AgainQueue(ProxyLoop loop) {
    this.loop = loop;
  }

  boolean isEmpty() {
    return queue.isEmpty();
  }

  int size() {
    return queue.size();
  }

  /** Bytes of all commands. */
  long bytes() {
    return bytes;
  }

  /** Keeps a copy of a command. */
  void add(int number, Frame request, boolean mayHaveRun) {
    ByteBuf copy = loop.allocator().directBuffer(request.length());
    copy.writeBytes(request.in(), request.start(), request.length());
    count(request.length());
    var again = new Again(number, copy, mayHaveRun);
    // Lost on several links, they come in any order.
    var later = new ArrayDeque<Again>();
    while (!queue.isEmpty() && queue.getLast().number - number > 0) {
      later.addFirst(queue.removeLast());
    }
    queue.addLast(again);
    queue.addAll(later);
  }

  /** The first, which stays; null if there is none. */
  @Nullable Again first() {
    return queue.peekFirst();
  }

  /** The first is done with. */
  void removeFirst() {
    release(queue.removeFirst());
  }

  private void release(Again again) {
    count(-again.frame.readableBytes());
    again.frame.release();
  }

  private void count(int more) {
    bytes += more;
    loop.buffers().add(more);
  }

  /** Takes out those that may have run; their numbers. */
  List<Integer> removeDoubtful() {
    var numbers = new ArrayList<Integer>();
    for (Again each : List.copyOf(queue)) {
      if (each.mayHaveRun) {
        queue.remove(each);
        release(each);
        numbers.add(each.number);
      }
    }
    return numbers;
  }

  /** Drops all. */
  void clear() {
    while (!queue.isEmpty()) {
      removeFirst();
    }
  }
}
