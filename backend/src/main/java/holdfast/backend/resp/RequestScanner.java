package holdfast.backend.resp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of one command, and where its arguments lie, without copying or allocating: the
 * multibulk form of every client library, and the inline form that people type.
 *
 * <p>It is resumable: no byte is looked at twice, however small the pieces in which a command
 * comes, and the payload of a bulk string is not looked at at all. Call {@link #scan} with the
 * bytes there are; when it answers INCOMPLETE, call it again when more have come. Offsets count
 * from the frame's start, so that the buffer may be moved or replaced in between.
 *
 * <p>A command may also flow through in pieces: on INCOMPLETE, {@link #settledBytes} of it are of
 * no more use to the scanner; the caller may send them on, drop them from its buffer and say so
 * with {@link #taken}. {@link #missingBytes} tells how much of the bulk string under way is still
 * to come.
 *
 * <p>What it accepts and the texts of its errors are those of redis-server 7.0 ({@code
 * networking.c} processMultibulkBuffer, processInlineBuffer), which does not look at the two bytes
 * behind a bulk string, nor at the one behind a CR. Two differences: bounds apply to what was sent,
 * however it was cut into packets, and NUL is an ordinary byte of an inline command.
 *
 * <p>One per connection, one thread.
 */
public final class RequestScanner {
  private static final int START = 0;
  private static final int COUNT = 1;
  private static final int BULK_HEADER = 2;
  private static final int PAYLOAD = 3;
  private static final int INLINE = 4;
  private static final int DONE = 5;

  /** What Redis lets somebody say who has not said who he is: enough for AUTH and HELLO. */
  private static final int STRANGER_ARGUMENTS_MAX = 10;

  private static final int STRANGER_BULK_BYTES_MAX = 16_384;

  private static final int ARGUMENTS_KEPT = 1024;
  private static final int INLINE_BYTES_KEPT = 4096;

  private final RespLimits limits;
  private boolean stranger;
  private int stage = START;

  /** Bytes of the frame that the caller has removed from its buffer. */
  private int takenBytes;

  /** Where the header line under way began, or the payload; from the frame's start. */
  private int partStart;

  /** The first byte not looked at; from the frame's start. */
  private int position;

  private int missingBytes;
  private int argumentsExpected;
  private int argumentCount;
  private int[] offsets = new int[8];
  private int[] lengths = new int[8];
  private @Nullable ByteBuf input;
  private @Nullable InlineCommand inline;
  private boolean isInline;
  private @Nullable String error;

  public RequestScanner(RespLimits limits) {
    this.limits = limits;
  }

  /**
   * Looks at what there is of one command.
   *
   * @param in the buffer; its indices stay as they are
   * @param start index of the command's first byte that was not {@link #taken}
   * @param end index behind the last byte there is
   */
  public ScanStatus scan(ByteBuf in, int start, int end) {
    if (stage == DONE) {
      reset();
    }
    if (error != null) {
      return ScanStatus.INVALID;
    }
    input = in;
    if (position == 0 && !stranger && scanShort(in, start, end)) {
      return complete();
    }
    int base = start - takenBytes;
    int available = end - base;
    missingBytes = 0;
    while (true) {
      if (position >= available && stage != PAYLOAD) {
        return ScanStatus.INCOMPLETE;
      }
      switch (stage) {
        case START -> {
          boolean multibulk = in.getByte(base) == '*';
          stage = multibulk ? COUNT : INLINE;
          isInline = !multibulk;
          position = multibulk ? 1 : 0;
        }
        case COUNT, BULK_HEADER -> {
          int header = shortHeader(in, base, end);
          if (header >= 0) {
            position = partStart + (header & 15);
            ScanStatus ended = stage == COUNT ? onCount(header >>> 4) : onBulkLength(header >>> 4);
            if (ended != null) {
              return ended;
            }
            continue;
          }
          int cr = WireNumber.find(in, base + position, end, (byte) '\r');
          if (cr < 0 || cr + 1 >= end) {
            position = (cr < 0 ? end : cr) - base;
            if (position - partStart > limits.lineBytesMax()) {
              return lineTooLong();
            }
            return ScanStatus.INCOMPLETE;
          }
          if (cr - base - partStart > limits.lineBytesMax()) {
            return lineTooLong();
          }
          position = cr - base + 2;
          ScanStatus ended =
              stage == COUNT
                  ? onCount(WireNumber.parse(in, base + 1, cr))
                  : onBulkHeader(in, base, cr);
          if (ended != null) {
            return ended;
          }
        }
        case PAYLOAD -> {
          int partEnd = partStart + lengths[argumentCount] + 2;
          if (available < partEnd) {
            position = available;
            missingBytes = partEnd - available;
            return ScanStatus.INCOMPLETE;
          }
          position = partEnd;
          partStart = partEnd;
          argumentCount++;
          if (argumentCount == argumentsExpected) {
            return complete();
          }
          stage = BULK_HEADER;
        }
        case INLINE -> {
          return scanInline(in, base, end);
        }
        default -> throw new IllegalStateException("stage " + stage);
      }
    }
  }

  /**
   * Most commands are short and have come as a whole: then it takes a look at each header and no
   * more. False for any other, of which nothing is noted; the long way tells what it is.
   */
  private boolean scanShort(ByteBuf in, int start, int end) {
    if (end - start < WireNumber.SHORT_BYTES) {
      return false;
    }
    long word = in.getLong(start);
    int header = WireNumber.shortHeader(word);
    int count = header >> 4;
    if (word >>> 56 != '*'
        || count < 1
        || count > Math.min(offsets.length, limits.argumentsMax())) {
      return false;
    }
    int at = header & 15;
    int available = end - start;
    for (int i = 0; i < count; i++) {
      if (available - at < WireNumber.SHORT_BYTES) {
        return false;
      }
      word = in.getLong(start + at);
      header = WireNumber.shortHeader(word);
      int length = header >> 4;
      if (word >>> 56 != '$' || length < 0 || length > limits.bulkBytesMax()) {
        return false;
      }
      at += header & 15;
      offsets[i] = at;
      lengths[i] = length;
      at += length + 2;
    }
    if (at > available || at > limits.requestBytesMax()) {
      return false;
    }
    argumentsExpected = count;
    argumentCount = count;
    position = at;
    return true;
  }

  /** The header line at one glance, if it is short and has come as a whole; else -1. */
  private int shortHeader(ByteBuf in, int base, int end) {
    int at = base + partStart;
    if (end - at < WireNumber.SHORT_BYTES) {
      return -1;
    }
    long word = in.getLong(at);
    return word >>> 56 == (stage == COUNT ? '*' : '$') ? WireNumber.shortHeader(word) : -1;
  }

  private @Nullable ScanStatus onCount(long count) {
    if (count == WireNumber.NONE || count > limits.argumentsMax()) {
      return invalid("invalid multibulk length");
    }
    if (count <= 0) {
      return complete(); // Redis passes over it without an answer
    }
    if (stranger && count > STRANGER_ARGUMENTS_MAX) {
      return invalid("unauthenticated multibulk length");
    }
    argumentsExpected = (int) count;
    partStart = position;
    stage = BULK_HEADER;
    return null;
  }

  private @Nullable ScanStatus onBulkHeader(ByteBuf in, int base, int cr) {
    int type = in.getUnsignedByte(base + partStart);
    return type == '$'
        ? onBulkLength(WireNumber.parse(in, base + partStart + 1, cr))
        : invalid("expected '$', got '" + (type == '\r' ? ' ' : (char) type) + "'");
  }

  private @Nullable ScanStatus onBulkLength(long length) {
    // NONE is negative too.
    if (length < 0 || length > limits.bulkBytesMax()) {
      return invalid("invalid bulk length");
    }
    if (stranger && length > STRANGER_BULK_BYTES_MAX) {
      return invalid("unauthenticated bulk length");
    }
    if (length + position + 2 > limits.requestBytesMax()) {
      return invalid("request longer than " + limits.requestBytesMax() + " bytes");
    }
    if (argumentCount == offsets.length) {
      // By what has come, not by what was announced.
      int capacity = Math.min(argumentsExpected, 2 * argumentCount);
      offsets = Arrays.copyOf(offsets, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
    }
    offsets[argumentCount] = position;
    lengths[argumentCount] = (int) length;
    partStart = position;
    stage = PAYLOAD;
    return null;
  }

  private ScanStatus scanInline(ByteBuf in, int base, int end) {
    int lf = WireNumber.find(in, base + position, end, (byte) '\n');
    position = (lf < 0 ? end : lf + 1) - base;
    int lineBytes = lf < 0 ? position : position - 1;
    if (lineBytes > limits.lineBytesMax()) {
      return invalid("too big inline request");
    }
    if (lf < 0) {
      return ScanStatus.INCOMPLETE;
    }
    if (isHttp(in, base, lf)) {
      return invalid("this is HTTP");
    }
    if (inline == null) {
      inline = new InlineCommand();
    }
    boolean cr = lineBytes > 0 && in.getByte(lf - 1) == '\r';
    argumentCount = inline.split(in, base, cr ? lf - 1 : lf);
    if (argumentCount < 0) {
      return invalid("unbalanced quotes in request");
    }
    return argumentCount > limits.argumentsMax() ? invalid("invalid multibulk length") : complete();
  }

  /**
   * A browser that a foreign page makes talk to us: the lines after the first are that page's, and
   * would be commands. Redis, too, closes the connection.
   */
  private static boolean isHttp(ByteBuf in, int from, int lf) {
    return startsWith(in, from, lf, "post ") || startsWith(in, from, lf, "host:");
  }

  private static boolean startsWith(ByteBuf in, int from, int end, String lowerCase) {
    if (end - from < lowerCase.length()) {
      return false;
    }
    for (int i = 0; i < lowerCase.length(); i++) {
      int b = in.getByte(from + i);
      if ((b >= 'A' && b <= 'Z' ? b + 'a' - 'A' : b) != lowerCase.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private ScanStatus complete() {
    stage = DONE;
    return ScanStatus.COMPLETE;
  }

  private ScanStatus lineTooLong() {
    return invalid(stage == COUNT ? "too big mbulk count string" : "too big bulk count string");
  }

  private ScanStatus invalid(String reason) {
    error = "Protocol error: " + reason;
    return ScanStatus.INVALID;
  }

  /** Forgets the frame under way, also after an error: the next byte begins a new one. */
  public void reset() {
    stage = START;
    takenBytes = 0;
    partStart = 0;
    position = 0;
    missingBytes = 0;
    argumentsExpected = 0;
    argumentCount = 0;
    isInline = false;
    error = null;
    input = null;
    if (offsets.length > ARGUMENTS_KEPT) {
      // One giant command must not make its connection heavy for good.
      offsets = new int[8];
      lengths = new int[8];
    }
    if (inline != null && inline.capacityBytes() > INLINE_BYTES_KEPT) {
      inline = null;
    }
  }

  /**
   * Whether the client has yet to authenticate: until then commands are bounded to 10 arguments of
   * 16 KB, as Redis does, so that a stranger can make us keep no more. From the next header on.
   */
  public void unauthenticated(boolean stranger) {
    this.stranger = stranger;
  }

  /** Whether the last frame's first byte has been seen and its last one has not. */
  public boolean midFrame() {
    return stage != DONE && stage != START;
  }

  /**
   * Bytes of the input, from {@code start} on, up to the end of the command. After COMPLETE only.
   */
  public int length() {
    return position - takenBytes;
  }

  /** Bytes of the whole command in the input, including those {@link #taken}. */
  public int totalBytes() {
    return position;
  }

  /**
   * After COMPLETE: how many arguments there are, the name included; 0 for an empty line or {@code
   * *0}, which Redis passes over without an answer. After INCOMPLETE: how many are there in full.
   */
  public int argumentCount() {
    return argumentCount;
  }

  /** How many arguments the header announced; 0 while it is not known. */
  public int argumentsExpected() {
    return argumentsExpected;
  }

  /**
   * The buffer that holds the arguments: the input itself, or for an inline command a buffer of the
   * scanner, valid until its next call, that holds the same command in multibulk form. The rest of
   * the program need not know that inline commands exist.
   */
  public ByteBuf frame() {
    if (isInline && inline != null) {
      return inline.frame();
    }
    if (input == null) {
      throw new IllegalStateException("no frame yet");
    }
    return input;
  }

  /**
   * Index in {@link #frame} of the command's first byte, given the index at which it starts in the
   * input.
   */
  public int frameStart(int start) {
    return isInline ? 0 : start;
  }

  /** Bytes of the command in {@link #frame}, those taken not counted. After COMPLETE only. */
  public int frameLength() {
    return isInline && inline != null ? inline.frame().writerIndex() : length();
  }

  /** Whether it is an inline command. */
  public boolean isInline() {
    return isInline;
  }

  /**
   * Offset of an argument's first byte from {@link #frameStart}; negative if it was {@link #taken}.
   * After INCOMPLETE also for the argument under way, if {@link #inPayload}.
   */
  public int argumentOffset(int index) {
    return isInline && inline != null ? inline.offset(index) : offsets[index] - takenBytes;
  }

  /** Bytes of an argument; known as soon as its header is. */
  public int argumentLength(int index) {
    return isInline && inline != null ? inline.length(index) : lengths[index];
  }

  /** After INCOMPLETE: whether the header of argument {@link #argumentCount} is known. */
  public boolean inPayload() {
    return stage == PAYLOAD;
  }

  /**
   * After INCOMPLETE: bytes still to come of the bulk string under way, with its line break; 0
   * while in a header.
   */
  public int missingBytes() {
    return missingBytes;
  }

  /**
   * After INCOMPLETE: bytes of the input, from {@code start} on, that the scanner need not see
   * again.
   */
  public int settledBytes() {
    if (stage == PAYLOAD) {
      return position - takenBytes;
    }
    return stage == BULK_HEADER ? partStart - takenBytes : 0;
  }

  /**
   * The caller has removed bytes of the frame under way: the next {@link #scan} gets a {@code
   * start} that many bytes further on. No more than {@link #settledBytes}.
   */
  public void taken(int bytes) {
    if (bytes < 0 || bytes > settledBytes()) {
      throw new IllegalArgumentException(bytes + " bytes taken of " + settledBytes());
    }
    takenBytes += bytes;
  }

  /** After INVALID: Redis's text, without the leading {@code -ERR }. */
  public String error() {
    if (error == null) {
      throw new IllegalStateException("no protocol error");
    }
    return error;
  }
}
