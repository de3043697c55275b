package holdfast.backend.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes one RDB snapshot of version 10, which Redis 7.0 and later load. Collections go out in
 * their plain forms; the reader chooses the encoding in memory, as Redis does itself.
 *
 * <p>Call {@link #begin}, {@link #aux}, then for each database {@link #database} and its entries:
 * the head of a collection states its count and exactly so many {@link #element}s (with {@link
 * #score}s) must follow. {@link #end} writes the checksum. One thread. Source: Redis {@code rdb.c}.
 */
public final class RdbWriter {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int used;
  private long crc;
  private long written;

  /** Writes to {@code out}, which stays the caller's to flush and close. */
  public RdbWriter(OutputStream out) {
    this.out = out;
  }

  /** Bytes written so far. */
  public long position() {
    return written + used;
  }

  /** The head of the file. */
  public void begin() throws IOException {
    raw("REDIS%04d".formatted(RdbFormat.VERSION).getBytes(StandardCharsets.US_ASCII));
  }

  /** A fact about the snapshot. */
  public void aux(String name, String value) throws IOException {
    octet(RdbFormat.OP_AUX);
    string(name.getBytes(StandardCharsets.UTF_8));
    string(value.getBytes(StandardCharsets.UTF_8));
  }

  /** What follows belongs to this database; the two numbers are hints for the reader. */
  public void database(int number, long keys, long keysThatExpire) throws IOException {
    octet(RdbFormat.OP_SELECT);
    length(number);
    octet(RdbFormat.OP_RESIZE);
    length(keys);
    length(keysThatExpire);
  }

  /** A string; {@code expireAtMillis} is Unix time, -1 for never. */
  public void text(byte @Nullable [] key, long expireAtMillis, byte[] value) throws IOException {
    head(RdbFormat.TYPE_STRING, key, expireAtMillis);
    string(value);
  }

  /** A list of so many elements, head first. */
  public void beginList(byte @Nullable [] key, long expireAtMillis, int count) throws IOException {
    head(RdbFormat.TYPE_LIST, key, expireAtMillis);
    length(count);
  }

  /** A set of so many members. */
  public void beginSet(byte @Nullable [] key, long expireAtMillis, int count) throws IOException {
    head(RdbFormat.TYPE_SET, key, expireAtMillis);
    length(count);
  }

  /** A hash of so many fields: elements are field and value in turn. */
  public void beginHash(byte @Nullable [] key, long expireAtMillis, int fields) throws IOException {
    head(RdbFormat.TYPE_HASH, key, expireAtMillis);
    length(fields);
  }

  /** A sorted set of so many members: elements are member and score in turn. */
  public void beginSortedSet(byte @Nullable [] key, long expireAtMillis, int members)
      throws IOException {
    head(RdbFormat.TYPE_SORTED_SET, key, expireAtMillis);
    length(members);
  }

  /** One element of the collection begun last. */
  public void element(byte[] value) throws IOException {
    string(value);
  }

  /** The score of the member written last. */
  public void score(double score) throws IOException {
    room(8);
    LittleEndian.putLong(buffer, used, Double.doubleToLongBits(score));
    used += 8;
  }

  /** The end mark and the checksum; nothing may follow. */
  public void end() throws IOException {
    octet(RdbFormat.OP_END);
    drain();
    long sum = crc;
    LittleEndian.putLong(buffer, 0, sum);
    used = 8;
    drain();
  }

  /** Hands on what is buffered, so that the caller's count of bytes is exact. */
  public void drain() throws IOException {
    crc = Crc64.update(crc, buffer, 0, used);
    out.write(buffer, 0, used);
    written += used;
    used = 0;
  }

  private void head(int type, byte @Nullable [] key, long expireAtMillis) throws IOException {
    if (expireAtMillis >= 0) {
      octet(RdbFormat.OP_EXPIRE_MILLIS);
      room(8);
      LittleEndian.putLong(buffer, used, expireAtMillis);
      used += 8;
    }
    octet(type);
    if (key != null) {
      string(key);
    }
  }

  private void string(byte[] value) throws IOException {
    length(value.length);
    raw(value);
  }

  private void length(long length) throws IOException {
    if (length < 1 << 6) {
      octet((int) length);
    } else if (length < 1 << 14) {
      octet(0x40 | (int) (length >> 8));
      octet((int) length & 0xff);
    } else if (length <= 0xffffffffL) {
      octet(0x80);
      room(4);
      LittleEndian.putInt(buffer, used, Integer.reverseBytes((int) length));
      used += 4;
    } else {
      octet(0x81);
      room(8);
      LittleEndian.putLong(buffer, used, Long.reverseBytes(length));
      used += 8;
    }
  }

  private void octet(int value) throws IOException {
    room(1);
    buffer[used++] = (byte) value;
  }

  private void room(int bytes) throws IOException {
    if (buffer.length - used < bytes) {
      drain();
    }
  }

  private void raw(byte[] bytes) throws IOException {
    if (bytes.length <= buffer.length - used) {
      System.arraycopy(bytes, 0, buffer, used, bytes.length);
      used += bytes.length;
      return;
    }
    drain();
    if (bytes.length <= buffer.length) {
      System.arraycopy(bytes, 0, buffer, 0, bytes.length);
      used = bytes.length;
      return;
    }
    crc = Crc64.update(crc, bytes, 0, bytes.length);
    out.write(bytes);
    written += bytes.length;
  }
}
