package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of one client's commands: replies from its links and replies of the proxy's own go
 * to its output, each under the number of its command; what got none goes to {@link LostCommands}.
 * One loop's thread.
 */
final class ClientReplies implements ReplyTarget {
  private final ProxyLoop loop;
  private final ClientConnection client;

  /** Where local replies go that are a part of another reply; null: they are replies. */
  private @Nullable ByteBuf gathered;

  ClientReplies(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  /** A number for a command that is sent. */
  int take() {
    return client.output().take();
  }

  /** Commands under way, those that wait to go out again not counted. */
  int unanswered() {
    return client.output().pending() - client.lost().size();
  }

  // ---- from links

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    if (client.isClosed()) {
      return;
    }
    client.waiting().answered();
    client.use().replied(link, count);
    client.output().replies(in, start, length, number, count);
    written();
  }

  @Override
  public void onReplyPiece(
      Upstream link, ByteBuf in, int start, int length, int number, boolean last) {
    if (client.isClosed()) {
      return;
    }
    client.output().piece(link, in, start, length, number, last);
    if (last) {
      client.use().replied(link, 1);
      written();
    }
  }

  @Override
  public void onRefused(Upstream link, Frame request, Frame error, int number) {
    if (client.isClosed()) {
      return;
    }
    if (client.use().isUnblocked(link)) {
      onReplies(link, error.in(), error.start(), error.length(), number, 1);
    } else {
      client.lost().onRefused(link, request, error, number);
    }
  }

  @Override
  public void onLost(Upstream link, Frame request, int number, boolean sent) {
    if (!client.isClosed()) {
      client.lost().onLost(link, request, number, sent);
    }
  }

  @Override
  public void onUnconfirmed(Upstream link, Frame request, int number) {
    if (!client.isClosed()) {
      client.lost().onUnconfirmed(request, number);
    }
  }

  /** A message: between replies. */
  void message(ByteBuf in, int start, int length) {
    if (!client.isClosed()) {
      client.output().message(in, start, length, false);
    }
  }

  /** A message that is all of what a buffer has. */
  void message(ByteBuf frame) {
    message(frame, frame.readerIndex(), frame.readableBytes());
  }

  /** What was read may have changed: behind the replies that have come. */
  void invalidation(ByteBuf in, int start, int length) {
    if (!client.isClosed()) {
      client.output().message(in, start, length, true);
    }
  }

  // ---- of our own

  /** A writer for one local reply; {@link #localReply} sends what it wrote. */
  RespWriter writer() {
    return loop.scratch().writer(client.session().protocol());
  }

  /** Local replies are parts of another reply from here on; null ends that. */
  void gatherInto(@Nullable ByteBuf to) {
    gathered = to;
  }

  /** Whether they are: the command is carried out while the other reply is under way. */
  boolean isGathering() {
    return gathered != null;
  }

  /** Sends what {@link #writer} wrote as the reply to the command being looked at. */
  void localReply() {
    ByteBuf to = gathered;
    if (to != null) {
      ByteBuf reply = loop.scratch().reply();
      to.writeBytes(reply, reply.readerIndex(), reply.readableBytes());
      return;
    }
    client.commands().flushRun();
    answerWritten(take());
  }

  /** The reply to the command being looked at: an error, each char of its text a byte. */
  void localError(String latin1) {
    if (gathered != null) {
      writer().errorBytes(latin1);
      localReply();
      return;
    }
    client.commands().flushRun();
    error(take(), latin1);
  }

  /** The reply to a command that was sent. */
  void error(int number, String latin1) {
    writer().errorBytes(latin1);
    answerWritten(number);
    written();
  }

  /** Sends what {@link #writer} wrote as the reply of that number. */
  void answerWritten(int number) {
    if (!client.isClosed()) {
      ByteBuf reply = loop.scratch().reply();
      client.output().replies(reply, reply.readerIndex(), reply.readableBytes(), number, 1);
    }
  }

  /** Goes on with what waited for replies, or ends after the last. */
  void written() {
    ClientReads reads = client.reads();
    if (reads.asksWhenWritesEnd() && unanswered() == 0) {
      reads.floor().acknowledged(loop.nowNanos());
    }
    client.waiting().repliesWritten();
    if (client.tracking().isOn()) {
      client.tracking().repliesWritten();
    }
    client.finishIfDone();
  }
}
