package holdfast.backend.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers at a place in an array, least significant byte first, as RDB and its encodings have. */
final class LittleEndian {
  private static final VarHandle LONG = view(long[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle SHORT = view(short[].class);

  private LittleEndian() {}

  private static VarHandle view(Class<?> arrayType) {
    return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.LITTLE_ENDIAN);
  }

  static long getLong(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  static void putLong(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }

  static int getInt(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  static void putInt(byte[] bytes, int at, int value) {
    INT.set(bytes, at, value);
  }

  static int getShort(byte[] bytes, int at) {
    return (short) SHORT.get(bytes, at);
  }

  static int getUnsignedShort(byte[] bytes, int at) {
    return getShort(bytes, at) & 0xffff;
  }

  /** Three bytes, sign kept. */
  static int getInt24(byte[] bytes, int at) {
    return getUnsignedShort(bytes, at) | bytes[at + 2] << 16;
  }
}
