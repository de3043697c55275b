package holdfast.backend.link;

import io.netty.buffer.ByteBuf;

/**
 * Takes the replies to the commands that were sent for it, in the order they were sent. Called on
 * the link's event loop; each command ends in exactly one {@link #onReply}, one last {@link
 * #onReplyPiece}, or one {@link #onLost}. It may send on the link and may close it.
 */
public interface ReplySink {
  /**
   * One whole reply: {@code length} bytes of {@code in} from {@code offset} on. They are valid
   * during the call only; whoever wants them longer copies them or takes a retained slice.
   *
   * @param firstByte the type byte of the value: '-' and '!' are errors
   */
  void onReply(Link link, ByteBuf in, int offset, int length, byte firstByte);

  /**
   * Whether replies longer than {@link LinkBounds#replyPieceBytes} may come in pieces. If not, they
   * are gathered, and one of more than {@link LinkBounds#wholeReplyBytesMax} ends the link.
   */
  default boolean takesPieces() {
    return false;
  }

  /**
   * The next piece of a long reply; valid during the call only. {@link Link#reading} slows the
   * backend down.
   *
   * @param firstByte the type byte of the whole value
   * @param last whether the reply ends with this piece
   */
  default void onReplyPiece(
      Link link, ByteBuf in, int offset, int length, byte firstByte, boolean last) {
    throw new IllegalStateException("takesPieces() said no");
  }

  /**
   * The link has ended and {@code count} of the commands sent for this sink, the next in order,
   * will get no reply. Called for each run of neighbours, in order: first those whose outcome is
   * {@code UNKNOWN}, then those {@code NEVER_SENT}. A reply of which only pieces came is {@code
   * UNKNOWN}.
   */
  void onLost(Link link, int count, CommandOutcome outcome);
}
