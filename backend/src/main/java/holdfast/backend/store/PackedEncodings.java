package holdfast.backend.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Unpacks the flat forms in which Redis keeps small collections and writes them to RDB: listpack,
 * ziplist, intset and zipmap. Each becomes the list of its elements; integers become their decimal
 * text. Nothing is trusted: an entry that reaches outside the given bytes is a {@link
 * CorruptSnapshotException}. Stateless; any thread. Source: Redis {@code listpack.c}, {@code
 * ziplist.c}, {@code intset.c}, {@code zipmap.c}.
 */
final class PackedEncodings {
  private static final int END = 0xff;

  private PackedEncodings() {}

  /** Elements of a listpack. */
  static List<byte[]> listpack(byte[] packed) throws CorruptSnapshotException {
    if (packed.length < 7 || LittleEndian.getInt(packed, 0) != packed.length) {
      throw corrupt("listpack", "its length does not match its header");
    }
    int stated = LittleEndian.getUnsignedShort(packed, 4);
    var elements = new ArrayList<byte[]>(Math.min(stated, packed.length));
    int at = 6;
    while (true) {
      if (at >= packed.length) {
        throw corrupt("listpack", "it has no end mark");
      }
      int head = packed[at] & 0xff;
      if (head == END) {
        break;
      }
      int size;
      if (head < 0x80) {
        size = 1;
        elements.add(text(head));
      } else if (head < 0xc0) {
        size = 1 + (head & 0x3f);
        elements.add(slice("listpack", packed, at + 1, head & 0x3f));
      } else if (head < 0xe0) {
        size = need("listpack", packed, at, 2);
        int value = (head & 0x1f) << 8 | (packed[at + 1] & 0xff);
        elements.add(text(value >= 1 << 12 ? value - (1 << 13) : value));
      } else if (head < 0xf0) {
        need("listpack", packed, at, 2);
        int length = (head & 0xf) << 8 | (packed[at + 1] & 0xff);
        size = 2 + length;
        elements.add(slice("listpack", packed, at + 2, length));
      } else {
        switch (head) {
          case 0xf0 -> {
            need("listpack", packed, at, 5);
            int length = LittleEndian.getInt(packed, at + 1);
            elements.add(slice("listpack", packed, at + 5, length));
            size = 5 + length;
          }
          case 0xf1 -> {
            size = need("listpack", packed, at, 3);
            elements.add(text(LittleEndian.getShort(packed, at + 1)));
          }
          case 0xf2 -> {
            size = need("listpack", packed, at, 4);
            elements.add(text(LittleEndian.getInt24(packed, at + 1)));
          }
          case 0xf3 -> {
            size = need("listpack", packed, at, 5);
            elements.add(text(LittleEndian.getInt(packed, at + 1)));
          }
          case 0xf4 -> {
            size = need("listpack", packed, at, 9);
            elements.add(text(LittleEndian.getLong(packed, at + 1)));
          }
          default -> throw corrupt("listpack", "unknown encoding " + head);
        }
      }
      at += size + backLengthSize(size);
    }
    // 65535 means "too many to say".
    if (at != packed.length - 1 || (stated != 0xffff && stated != elements.size())) {
      throw corrupt("listpack", "its count does not match its entries");
    }
    return elements;
  }

  /** Each entry ends with its own length in groups of seven bits, for walking backwards. */
  private static int backLengthSize(int size) {
    if (size <= 127) {
      return 1;
    }
    if (size < 16_383) {
      return 2;
    }
    if (size < 2_097_151) {
      return 3;
    }
    return size < 268_435_455 ? 4 : 5;
  }

  /** Elements of a ziplist. */
  static List<byte[]> ziplist(byte[] packed) throws CorruptSnapshotException {
    if (packed.length < 11 || LittleEndian.getInt(packed, 0) != packed.length) {
      throw corrupt("ziplist", "its length does not match its header");
    }
    int stated = LittleEndian.getUnsignedShort(packed, 8);
    var elements = new ArrayList<byte[]>(Math.min(stated, packed.length));
    int at = 10;
    while (true) {
      if (at >= packed.length) {
        throw corrupt("ziplist", "it has no end mark");
      }
      if ((packed[at] & 0xff) == END) {
        break;
      }
      at += (packed[at] & 0xff) == 0xfe ? 5 : 1;
      need("ziplist", packed, at, 1);
      int head = packed[at] & 0xff;
      switch (head >> 6) {
        case 0 -> {
          int length = head & 0x3f;
          elements.add(slice("ziplist", packed, at + 1, length));
          at += 1 + length;
        }
        case 1 -> {
          need("ziplist", packed, at, 2);
          int length = (head & 0x3f) << 8 | (packed[at + 1] & 0xff);
          elements.add(slice("ziplist", packed, at + 2, length));
          at += 2 + length;
        }
        case 2 -> {
          need("ziplist", packed, at, 5);
          int length = Integer.reverseBytes(LittleEndian.getInt(packed, at + 1));
          elements.add(slice("ziplist", packed, at + 5, length));
          at += 5 + length;
        }
        default -> at += ziplistInteger(packed, at, head, elements);
      }
    }
    if (at != packed.length - 1 || (stated != 0xffff && stated != elements.size())) {
      throw corrupt("ziplist", "its count does not match its entries");
    }
    return elements;
  }

  private static int ziplistInteger(byte[] packed, int at, int head, List<byte[]> elements)
      throws CorruptSnapshotException {
    switch (head) {
      case 0xc0 -> {
        need("ziplist", packed, at, 3);
        elements.add(text(LittleEndian.getShort(packed, at + 1)));
        return 3;
      }
      case 0xd0 -> {
        need("ziplist", packed, at, 5);
        elements.add(text(LittleEndian.getInt(packed, at + 1)));
        return 5;
      }
      case 0xe0 -> {
        need("ziplist", packed, at, 9);
        elements.add(text(LittleEndian.getLong(packed, at + 1)));
        return 9;
      }
      case 0xf0 -> {
        need("ziplist", packed, at, 4);
        elements.add(text(LittleEndian.getInt24(packed, at + 1)));
        return 4;
      }
      case 0xfe -> {
        need("ziplist", packed, at, 2);
        elements.add(text(packed[at + 1]));
        return 2;
      }
      default -> {
        if (head < 0xf1 || head > 0xfd) {
          throw corrupt("ziplist", "unknown encoding " + head);
        }
        elements.add(text((head & 0xf) - 1));
        return 1;
      }
    }
  }

  /** Members of an intset. */
  static List<byte[]> intset(byte[] packed) throws CorruptSnapshotException {
    if (packed.length < 8) {
      throw corrupt("intset", "it is shorter than its header");
    }
    int width = LittleEndian.getInt(packed, 0);
    long count = LittleEndian.getInt(packed, 4) & 0xffffffffL;
    if ((width != 2 && width != 4 && width != 8) || 8 + count * width != packed.length) {
      throw corrupt("intset", "its length does not match its header");
    }
    var members = new ArrayList<byte[]>((int) count);
    for (int at = 8; at < packed.length; at += width) {
      members.add(
          text(
              switch (width) {
                case 2 -> LittleEndian.getShort(packed, at);
                case 4 -> LittleEndian.getInt(packed, at);
                default -> LittleEndian.getLong(packed, at);
              }));
    }
    return members;
  }

  /** Fields and values, in turn, of a zipmap (hashes before Redis 2.6). */
  static List<byte[]> zipmap(byte[] packed) throws CorruptSnapshotException {
    var elements = new ArrayList<byte[]>();
    int at = 1;
    while (true) {
      need("zipmap", packed, at, 1);
      if ((packed[at] & 0xff) == END) {
        break;
      }
      int length = zipmapLength(packed, at);
      at += length < 254 ? 1 : 5;
      elements.add(slice("zipmap", packed, at, length));
      at += length;
      length = zipmapLength(packed, at);
      at += length < 254 ? 1 : 5;
      need("zipmap", packed, at, 1);
      int free = packed[at++] & 0xff;
      elements.add(slice("zipmap", packed, at, length));
      at += length + free;
    }
    if (at != packed.length - 1) {
      throw corrupt("zipmap", "it goes on after its end mark");
    }
    return elements;
  }

  private static int zipmapLength(byte[] packed, int at) throws CorruptSnapshotException {
    need("zipmap", packed, at, 1);
    int first = packed[at] & 0xff;
    if (first < 254) {
      return first;
    }
    need("zipmap", packed, at, 5);
    int length = LittleEndian.getInt(packed, at + 1);
    if (first != 254 || length < 254) {
      throw corrupt("zipmap", "an entry's length is " + length);
    }
    return length;
  }

  private static int need(String what, byte[] packed, int at, int count)
      throws CorruptSnapshotException {
    if (count < 0 || at < 0 || (long) at + count > packed.length) {
      throw corrupt(what, "an entry reaches past its end");
    }
    return count;
  }

  private static byte[] slice(String what, byte[] packed, int at, int length)
      throws CorruptSnapshotException {
    need(what, packed, at, length);
    return Arrays.copyOfRange(packed, at, at + length);
  }

  private static byte[] text(long value) {
    return Long.toString(value).getBytes(StandardCharsets.US_ASCII);
  }

  private static CorruptSnapshotException corrupt(String what, String why) {
    return new CorruptSnapshotException("damaged " + what + ": " + why);
  }
}
