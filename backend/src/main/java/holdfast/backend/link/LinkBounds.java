package holdfast.backend.link;

import holdfast.backend.resp.RespLimits;

/**
 * Bounds of what a link keeps in memory.
 *
 * @param queueBytesMax bytes not yet taken by the socket; at or beyond it {@link Link#send} refuses
 *     (so there is at most one command more)
 * @param queueCommandsMax commands without a reply; at or beyond it {@link Link#send} refuses
 * @param replyPieceBytes what has come of a reply when it is first handed on in pieces, see {@link
 *     ReplySink#takesPieces}
 * @param wholeReplyBytesMax a longer reply that must be whole ends the link
 * @param resp of what the backend may send
 */
public record LinkBounds(
    int queueBytesMax,
    int queueCommandsMax,
    int replyPieceBytes,
    int wholeReplyBytesMax,
    RespLimits resp) {
  private static final int KB = 1024;
  private static final int MB = 1024 * KB;

  /** A queue of 4 MB or 64 K commands; pieces from 64 KB; whole replies up to 64 MB. */
  public static final LinkBounds STANDARD =
      new LinkBounds(4 * MB, 64 * KB, 64 * KB, 64 * MB, RespLimits.STANDARD);

  public LinkBounds {
    if (queueBytesMax < 1 || queueCommandsMax < 1 || replyPieceBytes < 1) {
      throw new IllegalArgumentException(
          "queueBytesMax "
              + queueBytesMax
              + ", queueCommandsMax "
              + queueCommandsMax
              + ", replyPieceBytes "
              + replyPieceBytes
              + ", expected more than 0");
    }
    if (wholeReplyBytesMax < replyPieceBytes) {
      throw new IllegalArgumentException(
          "wholeReplyBytesMax "
              + wholeReplyBytesMax
              + ", expected at least replyPieceBytes "
              + replyPieceBytes);
    }
  }

  /** The same with another queue. */
  public LinkBounds withQueue(int queueBytesMax, int queueCommandsMax) {
    return new LinkBounds(
        queueBytesMax, queueCommandsMax, replyPieceBytes, wholeReplyBytesMax, resp);
  }

  /** The same with other sizes of replies. */
  public LinkBounds withReplies(int replyPieceBytes, int wholeReplyBytesMax) {
    return new LinkBounds(
        queueBytesMax, queueCommandsMax, replyPieceBytes, wholeReplyBytesMax, resp);
  }
}
