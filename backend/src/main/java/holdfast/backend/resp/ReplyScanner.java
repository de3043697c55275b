package holdfast.backend.resp;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of one RESP2 or RESP3 value, however nested, without copying or allocating.
 *
 * <p>States: before a type byte; in a line; in a payload. A stack holds, for each aggregate that is
 * open, how many elements it still needs. Attributes ({@code |}) and what they describe are one
 * frame, whose type is that of the value.
 *
 * <p>It is resumable: no byte of a line is looked at twice, payloads are not looked at. Call {@link
 * #scan} with the bytes there are; when it answers INCOMPLETE, call it again when more have come.
 * On INCOMPLETE the caller may send on and drop {@link #settledBytes} of the frame and say so with
 * {@link #taken}: a reply of any size then flows through in pieces.
 *
 * <p>It checks what framing needs: types, lengths, line breaks, limits; not whether a number is
 * one. Source: the RESP3 specification; Redis {@code networking.c} addReply*.
 *
 * <p>One per connection, one thread.
 */
public final class ReplyScanner {
  private static final short CRLF = '\r' << 8 | '\n';

  /** The first bytes of the most frequent replies. */
  private static final long NULL = 0x24_2d_31_0d_0aL; // $-1 CR LF

  private static final long OK = 0x2b_4f_4b_0d_0aL; // +OK CR LF

  private static final int TYPE = 0;
  private static final int LINE = 1;
  private static final int PAYLOAD = 2;
  private static final int DONE = 3;

  /** What an open aggregate is: one that ends by count, by a dot, and so on. */
  private static final byte COUNTED = 0;

  private static final byte ATTRIBUTES = 1;
  private static final byte STREAMED = 2;
  private static final byte STREAMED_PAIRS = 3;
  private static final byte CHUNKS = 4;

  private static final int DEPTH_KEPT = 64;

  private final RespLimits limits;
  private int stage = TYPE;

  /** Bytes of the frame that the caller has removed from its buffer. */
  private long takenBytes;

  /** Where the line under way began, its type byte included; from the frame's start. */
  private long partStart;

  /** The first byte not looked at; from the frame's start. */
  private long position;

  private byte partType;
  private long payloadEnd;
  private long missingBytes;
  private byte firstByte;
  private long valueStart;
  private boolean attributesBefore;
  private int depth;

  /** Elements still to come; in a streamed one minus those that have come. */
  private long[] elements = new long[8];

  private byte[] kinds = new byte[8];
  private @Nullable String error;

  public ReplyScanner(RespLimits limits) {
    this.limits = limits;
  }

  /**
   * Looks at what there is of one value.
   *
   * @param in the buffer; its indices stay as they are
   * @param start index of the value's first byte that was not {@link #taken}
   * @param end index behind the last byte there is
   */
  public ScanStatus scan(ByteBuf in, int start, int end) {
    if (stage == DONE) {
      reset();
    }
    if (error != null) {
      return ScanStatus.INVALID;
    }
    if (position == 0 && end - start >= WireNumber.SHORT_BYTES && scanShort(in, start, end)) {
      stage = DONE;
      return ScanStatus.COMPLETE;
    }
    // The index in the buffer of a position is shift + position.
    long shift = start - takenBytes;
    missingBytes = 0;
    while (true) {
      int at = (int) (shift + position);
      switch (stage) {
        case TYPE -> {
          if (at >= end) {
            return ScanStatus.INCOMPLETE;
          }
          partStart = position;
          if (!onType(in.getByte(at))) {
            return ScanStatus.INVALID;
          }
          position++;
          stage = LINE;
          if (end - at >= WireNumber.SHORT_BYTES) {
            onShortHeader(in.getLong(at));
          }
        }
        case LINE -> {
          int lineStart = (int) (shift + partStart) + 1;
          int cr = WireNumber.find(in, at, end, (byte) '\r');
          if (cr < 0 || cr + 1 >= end) {
            position = (cr < 0 ? end : cr) - shift;
            return position - partStart - 1 > limits.replyLineBytesMax()
                ? invalid("line longer than " + limits.replyLineBytesMax() + " bytes")
                : ScanStatus.INCOMPLETE;
          }
          if (cr - lineStart > limits.replyLineBytesMax()) {
            return invalid("line longer than " + limits.replyLineBytesMax() + " bytes");
          }
          if (in.getByte(cr + 1) != '\n') {
            return invalid("CR without LF");
          }
          position = cr + 2 - shift;
          onLine(in, lineStart, cr);
        }
        case PAYLOAD -> {
          long have = end - shift;
          if (have < payloadEnd + 2) {
            position = have;
            missingBytes = payloadEnd + 2 - have;
            return overlong() ? ScanStatus.INVALID : ScanStatus.INCOMPLETE;
          }
          int tail = (int) (shift + payloadEnd);
          if (in.getShort(tail) != CRLF) {
            return invalid("a string is longer than its length says");
          }
          position = payloadEnd + 2;
          stage = TYPE;
          if (kindAbove() != CHUNKS) {
            valueEnded();
          }
        }
        default -> throw new IllegalStateException("stage " + stage);
      }
      if (error != null || overlong()) {
        return ScanStatus.INVALID;
      }
      if (stage == DONE) {
        return ScanStatus.COMPLETE;
      }
    }
  }

  /**
   * Most replies are a short string that has come as a whole, null or OK: that takes one look.
   * False for any other, of which nothing is noted.
   */
  private boolean scanShort(ByteBuf in, int start, int end) {
    long word = in.getLong(start);
    if (word >>> 24 == NULL || word >>> 24 == OK) {
      firstByte = (byte) (word >>> 56);
      position = 5;
      return true;
    }
    int header = WireNumber.shortHeader(word);
    if (word >>> 56 != '$' || header < 0 || !endsWithLf(word, header)) {
      return false;
    }
    int length = header >> 4;
    int payloadEnd = (header & 15) + length;
    if (payloadEnd + 2 > Math.min(end - start, limits.replyBytesMax())
        || length > limits.bulkBytesMax()
        || in.getShort(start + payloadEnd) != CRLF) {
      return false;
    }
    firstByte = '$';
    position = payloadEnd + 2L;
    return true;
  }

  private static boolean endsWithLf(long word, int header) {
    return (word >>> (64 - 8 * (header & 15)) & 0xff) == '\n';
  }

  private boolean overlong() {
    if (position <= limits.replyBytesMax()) {
      return false;
    }
    invalid("reply longer than " + limits.replyBytesMax() + " bytes");
    return true;
  }

  private byte kindAbove() {
    return depth == 0 ? COUNTED : kinds[depth - 1];
  }

  /** Notes the type that begins here, if it may. */
  private boolean onType(byte type) {
    byte above = kindAbove();
    boolean legal =
        switch (type) {
          case '+', '-', ':', '$', '*', '_', ',', '#', '!', '=', '(', '%', '~', '|' ->
              above != CHUNKS;
          case '>' -> depth == 0;
          case ';' -> above == CHUNKS;
          case '.' ->
              (above == STREAMED || (above == STREAMED_PAIRS && elements[depth - 1] % 2 == 0))
                  && !attributesBefore;
          default -> false;
        };
    if (!legal) {
      int shown = type & 0xff;
      invalid(
          "unexpected "
              + (shown > ' ' && shown < 127 ? "'" + (char) shown + "'" : "byte " + shown)
              + " where a value begins");
      return false;
    }
    attributesBefore = false;
    if (depth == 0 && type != '|') {
      firstByte = type;
      valueStart = position;
    }
    partType = type;
    return true;
  }

  /**
   * The header of a string or aggregate at one glance, if it is short; everything else is left to
   * {@link #onLine}.
   */
  private void onShortHeader(long word) {
    if (partType != '$' && partType != '*') {
      return;
    }
    int header = WireNumber.shortHeader(word);
    if (header < 0 || !endsWithLf(word, header)) {
      return;
    }
    position = partStart + (header & 15);
    if (partType == '$') {
      payload(header >>> 4);
    } else {
      elements(header >>> 4, false);
    }
  }

  /** A whole line is there: a value, or the header of one. */
  private void onLine(ByteBuf in, int from, int cr) {
    switch (partType) {
      case '$', '=', '!' -> onLength(in, from, cr);
      case ';' -> {
        long length = WireNumber.parse(in, from, cr);
        if (length == 0) {
          depth--;
          stage = TYPE;
          valueEnded();
        } else {
          payload(length);
        }
      }
      case '*', '~', '%', '>', '|' -> onCount(in, from, cr);
      case '.' -> {
        if (from != cr) {
          invalid("text behind the end of a streamed aggregate");
          return;
        }
        depth--;
        stage = TYPE;
        valueEnded();
      }
      default -> {
        stage = TYPE;
        valueEnded();
      }
    }
  }

  private void onLength(ByteBuf in, int from, int cr) {
    if (partType == '$' && cr == from + 1 && in.getByte(from) == '?') {
      open(CHUNKS, 0);
      return;
    }
    long length = WireNumber.parse(in, from, cr);
    if (length == -1 && partType == '$') {
      stage = TYPE;
      valueEnded();
      return;
    }
    payload(length);
  }

  private void payload(long length) {
    // NONE is negative too.
    if (length < 0 || length > limits.bulkBytesMax()) {
      invalid("invalid bulk length");
      return;
    }
    payloadEnd = position + length;
    stage = PAYLOAD;
  }

  private void onCount(ByteBuf in, int from, int cr) {
    boolean pairs = partType == '%' || partType == '|';
    if (cr == from + 1 && in.getByte(from) == '?' && partType != '>' && partType != '|') {
      open(pairs ? STREAMED_PAIRS : STREAMED, 0);
      return;
    }
    long count = WireNumber.parse(in, from, cr);
    if (count == -1 && partType == '*') {
      stage = TYPE;
      valueEnded();
      return;
    }
    elements(count, pairs);
  }

  private void elements(long count, boolean pairs) {
    long most = limits.replyElementsMax();
    if (count < 0 || count > (pairs ? most / 2 : most)) {
      invalid("invalid multibulk length");
      return;
    }
    if (count > 0) {
      open(partType == '|' ? ATTRIBUTES : COUNTED, pairs ? 2 * count : count);
      return;
    }
    stage = TYPE;
    if (partType == '|') {
      attributesBefore = true;
    } else {
      valueEnded();
    }
  }

  private void open(byte kind, long count) {
    if (depth == limits.replyDepthMax()) {
      invalid("nested deeper than " + limits.replyDepthMax());
      return;
    }
    if (depth == elements.length) {
      elements = Arrays.copyOf(elements, 2 * depth);
      kinds = Arrays.copyOf(kinds, 2 * depth);
    }
    elements[depth] = count;
    kinds[depth] = kind;
    depth++;
    stage = TYPE;
  }

  /** A value has ended; so may have all the aggregates of which it was the last element. */
  private void valueEnded() {
    while (depth > 0) {
      int above = depth - 1;
      long left = --elements[above];
      byte kind = kinds[above];
      if (kind == STREAMED || kind == STREAMED_PAIRS) {
        if (-left > limits.replyElementsMax()) {
          invalid("invalid multibulk length");
        }
        return;
      }
      if (left > 0) {
        return;
      }
      depth--;
      if (kind == ATTRIBUTES) {
        attributesBefore = true; // the value that they describe is still to come
        return;
      }
    }
    stage = DONE;
  }

  private ScanStatus invalid(String reason) {
    error = "Protocol error: " + reason;
    return ScanStatus.INVALID;
  }

  /** Forgets the frame under way, also after an error: the next byte begins a new one. */
  public void reset() {
    stage = TYPE;
    takenBytes = 0;
    partStart = 0;
    position = 0;
    missingBytes = 0;
    firstByte = 0;
    valueStart = 0;
    attributesBefore = false;
    depth = 0;
    error = null;
    if (elements.length > DEPTH_KEPT) {
      elements = new long[8];
      kinds = new byte[8];
    }
  }

  /** Whether the first byte of a frame has been seen and its last one has not. */
  public boolean midFrame() {
    return stage != DONE && position > 0;
  }

  /**
   * After COMPLETE: bytes of the buffer from {@code start} up to the frame's end, those taken not
   * counted.
   */
  public int length() {
    return (int) (position - takenBytes);
  }

  /** After COMPLETE: bytes of the whole frame, those {@link #taken} included. */
  public long totalBytes() {
    return position;
  }

  /**
   * The byte that tells the value's type ({@code '+'}, {@code '$'}, ...), after its attributes; 0
   * while it has not come.
   */
  public byte firstByte() {
    return firstByte;
  }

  /**
   * Offset of {@link #firstByte} from {@code start}: more than 0 only behind attributes, negative
   * if it was {@link #taken}.
   */
  public int valueOffset() {
    return (int) (valueStart - takenBytes);
  }

  /** Whether it is a push, which answers no command. */
  public boolean isPush() {
    return firstByte == '>';
  }

  /** Whether it is an error, as a line or as a bulk. */
  public boolean isError() {
    return firstByte == '-' || firstByte == '!';
  }

  /** After INCOMPLETE: bytes still to come of the string under way, with its line break. */
  public long missingBytes() {
    return missingBytes;
  }

  /**
   * After INCOMPLETE: bytes of the buffer, from {@code start} on, that the scanner need not see
   * again: all but a line that has begun.
   */
  public int settledBytes() {
    // A line break may be cut in two; its first half is kept, so that both can be checked.
    long settled =
        switch (stage) {
          case LINE -> partStart;
          case PAYLOAD -> Math.min(position, payloadEnd);
          default -> position;
        };
    return (int) (settled - takenBytes);
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

  /** After INVALID: what is wrong. */
  public String error() {
    if (error == null) {
      throw new IllegalStateException("no protocol error");
    }
    return error;
  }
}
