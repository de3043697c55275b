package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Commands of one client that go to the same link and lie back to back in its input: they are sent
 * as one, so that a pipeline costs its link no more than a command. Reused; one loop's thread.
 */
final class CommandRun {
  private @Nullable Upstream link;
  private int start;
  private int end;
  private int number;
  private int count;

  /** Their replies need not wait to be confirmed. */
  private boolean repliesFree;

  /** Whether a command that lies there goes on with it. */
  boolean isContinued(Upstream to, int at, boolean free) {
    return to == link && at == end && free == repliesFree;
  }

  /** Its first command; the one before has been sent. */
  void begin(Upstream to, int at, int length, int itsNumber, boolean free) {
    link = to;
    start = at;
    end = at + length;
    number = itsNumber;
    count = 1;
    repliesFree = free;
  }

  /** The next one, numbered next. */
  void add(int length) {
    end += length;
    count++;
  }

  /** Sends what there is; {@code in} is where it lies. */
  void send(@Nullable ByteBuf in, ReplyTarget target) {
    Upstream to = link;
    if (to != null) {
      link = null;
      if (in != null) {
        to.send(in, start, end - start, target, number, count, repliesFree);
      }
    }
  }
}
