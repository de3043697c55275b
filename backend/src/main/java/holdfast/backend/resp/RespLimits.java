package holdfast.backend.resp;

/**
 * Bounds on everything a peer can make long, many or deep. A frame within them is accepted, one
 * beyond them is a protocol error, found before anything of that size is buffered.
 *
 * @param lineBytesMax bytes of an inline command, or of a header line that a client sends, without
 *     its line break (Redis: 64 KB)
 * @param argumentsMax arguments of one command, its name included
 * @param bulkBytesMax bytes of one bulk string, either way (Redis {@code proto-max-bulk-len}: 512
 *     MB)
 * @param requestBytesMax bytes of one command with its headers (Redis {@code
 *     client-query-buffer-limit}: 1 GB)
 * @param replyLineBytesMax bytes of a line of a reply: a simple string, an error, a number. Scripts
 *     can make long ones
 * @param replyElementsMax elements of one aggregate of a reply; a map counts two per pair
 * @param replyDepthMax aggregates inside each other in a reply (scripts can return deep tables)
 * @param replyBytesMax bytes of one reply
 */
public record RespLimits(
    int lineBytesMax,
    int argumentsMax,
    int bulkBytesMax,
    int requestBytesMax,
    int replyLineBytesMax,
    long replyElementsMax,
    int replyDepthMax,
    long replyBytesMax) {

  private static final int MB = 1024 * 1024;

  /** Redis's own bounds where it has them. */
  public static final RespLimits STANDARD =
      new RespLimits(
          64 * 1024, MB, 512 * MB, 1024 * MB, MB, 4L * Integer.MAX_VALUE, 1024, Long.MAX_VALUE);

  public RespLimits {
    positive("lineBytesMax", lineBytesMax);
    positive("argumentsMax", argumentsMax);
    positive("bulkBytesMax", bulkBytesMax);
    positive("requestBytesMax", requestBytesMax);
    positive("replyLineBytesMax", replyLineBytesMax);
    positive("replyElementsMax", replyElementsMax);
    positive("replyDepthMax", replyDepthMax);
    positive("replyBytesMax", replyBytesMax);
    if (bulkBytesMax > Integer.MAX_VALUE - 64 * MB || requestBytesMax > Integer.MAX_VALUE - MB) {
      // A buffer holds 2 GB at most, and offsets are ints.
      throw new IllegalArgumentException(
          "bulkBytesMax "
              + bulkBytesMax
              + ", requestBytesMax "
              + requestBytesMax
              + ", expected less than 1983 MB and 2047 MB");
    }
  }

  private static void positive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " " + value + ", expected more than 0");
    }
  }

  /** The same with other bounds for what a client may send. */
  public RespLimits withRequests(
      int lineBytesMax, int argumentsMax, int bulkBytesMax, int requestBytesMax) {
    return new RespLimits(
        lineBytesMax,
        argumentsMax,
        bulkBytesMax,
        requestBytesMax,
        replyLineBytesMax,
        replyElementsMax,
        replyDepthMax,
        replyBytesMax);
  }

  /** The same with other bounds for what a backend may answer. */
  public RespLimits withReplies(
      int replyLineBytesMax, long replyElementsMax, int replyDepthMax, long replyBytesMax) {
    return new RespLimits(
        lineBytesMax,
        argumentsMax,
        bulkBytesMax,
        requestBytesMax,
        replyLineBytesMax,
        replyElementsMax,
        replyDepthMax,
        replyBytesMax);
  }
}
