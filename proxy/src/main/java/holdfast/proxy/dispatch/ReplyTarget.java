package holdfast.proxy.dispatch;

import io.netty.buffer.ByteBuf;

/** Who gets the replies to commands that were sent for it. Called on the loop. */
interface ReplyTarget {
  /**
   * {@code count} whole replies in order, back to back.
   *
   * @param number of the first one's command, as the target gave it
   */
  void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count);

  /**
   * The next piece of a long reply.
   *
   * @param last whether the reply ends with it
   */
  void onReplyPiece(Upstream link, ByteBuf in, int start, int length, int number, boolean last);

  /**
   * The server did not execute the command, because of the state it is in (READONLY, LOADING, ...).
   *
   * @param request where the command lies
   * @param error where the server's reply lies
   */
  void onRefused(Upstream link, Frame request, Frame error, int number);

  /**
   * The link ended before the command was answered in full.
   *
   * @param request where the command lies
   * @param sent false if the server cannot have got it
   */
  void onLost(Upstream link, Frame request, int number, boolean sent);

  /**
   * The server answered, and too few replicas had what it did by the end of the hold window: its
   * reply has been dropped.
   *
   * @param request where the command lies
   */
  default void onUnconfirmed(Upstream link, Frame request, int number) {
    onLost(link, request, number, true);
  }

  /** Where a frame lies; valid during the call only. */
  record Frame(ByteBuf in, int start, int length) {}
}
