package holdfast.backend.store;

/** Numbers of the RDB format. Source: Redis 7.0 {@code rdb.h}. */
final class RdbFormat {
  /** What Redis 7.0 writes and reads; we write it too. */
  static final int VERSION = 10;

  /** Redis 7.4; what is new after version 10 shows as an unknown type, not as a version. */
  static final int VERSION_MAX = 12;

  /**
   * Redis's own limit, {@code proto-max-bulk-len}; also keeps a lying length from taking memory.
   */
  static final int STRING_BYTES_MAX = 512 * 1024 * 1024;

  static final int OP_FUNCTION = 245;
  static final int OP_FUNCTION_BEFORE_GA = 246;
  static final int OP_MODULE_AUX = 247;
  static final int OP_IDLE = 248;
  static final int OP_FREQUENCY = 249;
  static final int OP_AUX = 250;
  static final int OP_RESIZE = 251;
  static final int OP_EXPIRE_MILLIS = 252;
  static final int OP_EXPIRE_SECONDS = 253;
  static final int OP_SELECT = 254;
  static final int OP_END = 255;

  static final int TYPE_STRING = 0;
  static final int TYPE_LIST = 1;
  static final int TYPE_SET = 2;
  static final int TYPE_SORTED_SET_TEXT = 3;
  static final int TYPE_HASH = 4;
  static final int TYPE_SORTED_SET = 5;
  static final int TYPE_HASH_ZIPMAP = 9;
  static final int TYPE_LIST_ZIPLIST = 10;
  static final int TYPE_SET_INTSET = 11;
  static final int TYPE_SORTED_SET_ZIPLIST = 12;
  static final int TYPE_HASH_ZIPLIST = 13;
  static final int TYPE_LIST_QUICKLIST = 14;
  static final int TYPE_HASH_LISTPACK = 16;
  static final int TYPE_SORTED_SET_LISTPACK = 17;
  static final int TYPE_LIST_QUICKLIST_2 = 18;
  static final int TYPE_SET_LISTPACK = 20;

  static final int QUICKLIST_NODE_PLAIN = 1;
  static final int QUICKLIST_NODE_PACKED = 2;

  private RdbFormat() {}

  /** What a type is that we have no values for. */
  static String unsupportedType(int type) {
    return switch (type) {
      case 6, 7 -> "a value of a module (RDB type " + type + ")";
      case 15, 19, 21 -> "a stream (RDB type " + type + ")";
      case 22, 23, 24, 25 -> "a hash whose fields expire (RDB type " + type + ")";
      default -> "a value of the unknown RDB type " + type;
    };
  }
}
