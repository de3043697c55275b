package holdfast.backend.engine;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A finite number of C's {@code long double} on x86 (64 bits of mantissa, 15 of exponent), in which
 * Redis does INCRBYFLOAT and HINCRBYFLOAT: a double would give other last digits. Immutable.
 * Numbers below the smallest normal one keep more bits here than there; nobody sees that in the 17
 * decimals that are printed.
 */
final class LongDouble {
  private static final int MANTISSA_BITS = 64;
  private static final int DECIMALS = 17;

  /** Redis reads no longer text as a long double. */
  private static final int TEXT_BYTES_MAX = 5 * 1024 - 1;

  /** Decimal exponents beyond which there is certainly no such number. */
  private static final int EXPONENT_MAX = 4932;

  private static final int EXPONENT_MIN = -4951;

  /** (2 - 2^-63) * 2^16383, the largest one. */
  private static final BigDecimal LARGEST =
      new BigDecimal(
          BigInteger.ONE.shiftLeft(MANTISSA_BITS).subtract(BigInteger.ONE).shiftLeft(16383 - 63));

  private final BigDecimal value;

  private LongDouble(BigDecimal value) {
    this.value = value;
  }

  /** Whether {@code text} is "inf" or "infinity" of either sign: read, but of no use to anybody. */
  static boolean isInfinite(byte[] text) {
    return FloatSyntax.of(latin1(text)) == FloatSyntax.INFINITE;
  }

  /** A number as C's strtold reads it; null for what is none, is infinite, or is out of range. */
  static @Nullable LongDouble parse(byte[] bytes) {
    if (bytes.length > TEXT_BYTES_MAX) {
      return null;
    }
    String text = latin1(bytes);
    FloatSyntax syntax = FloatSyntax.of(text);
    if (syntax == FloatSyntax.NONE || syntax == FloatSyntax.INFINITE) {
      return null;
    }
    if (FloatSyntax.isZero(text)) {
      return new LongDouble(BigDecimal.ZERO);
    }
    BigDecimal exact;
    try {
      exact = syntax == FloatSyntax.HEXADECIMAL ? hexadecimal(text) : new BigDecimal(text);
    } catch (NumberFormatException e) {
      return null; // an exponent beyond all measure
    }
    return exact == null ? null : rounded(exact);
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static @Nullable BigDecimal hexadecimal(String text) {
    int start = text.indexOf('x') + text.indexOf('X') + 2; // one of them is -1
    int exponentAt = Math.max(text.indexOf('p'), text.indexOf('P'));
    String digits = exponentAt < 0 ? text.substring(start) : text.substring(start, exponentAt);
    int exponent = exponentAt < 0 ? 0 : Integer.parseInt(text.substring(exponentAt + 1));
    int point = digits.indexOf('.');
    if (point >= 0) {
      digits = digits.substring(0, point) + digits.substring(point + 1);
      exponent -= 4 * (digits.length() - point);
    }
    if (Math.abs(exponent) > 100_000) {
      return null;
    }
    BigInteger mantissa = new BigInteger(digits, 16);
    return scaled(text.charAt(0) == '-' ? mantissa.negate() : mantissa, exponent);
  }

  /** The sum, or null if it is too large. */
  @Nullable LongDouble plus(LongDouble other) {
    return rounded(value.add(other.value));
  }

  /** The nearest long double, ties to even; null if it is out of range. */
  private static @Nullable LongDouble rounded(BigDecimal exact) {
    if (exact.signum() == 0) {
      return new LongDouble(BigDecimal.ZERO);
    }
    long exponent = (long) exact.precision() - exact.scale() - 1;
    if (exponent > EXPONENT_MAX || exponent < EXPONENT_MIN) {
      return null;
    }
    BigInteger numerator = exact.unscaledValue().abs();
    BigInteger denominator = BigInteger.ONE;
    if (exact.scale() > 0) {
      denominator = BigInteger.TEN.pow(exact.scale());
    } else {
      numerator = numerator.multiply(BigInteger.TEN.pow(-exact.scale()));
    }
    // A quotient of two or three bits more than the mantissa, to round them off.
    int shift = MANTISSA_BITS + 2 - (numerator.bitLength() - denominator.bitLength());
    if (shift > 0) {
      numerator = numerator.shiftLeft(shift);
    } else {
      denominator = denominator.shiftLeft(-shift);
    }
    BigInteger[] division = numerator.divideAndRemainder(denominator);
    BigInteger quotient = division[0];
    int surplus = quotient.bitLength() - MANTISSA_BITS;
    BigInteger mantissa = quotient.shiftRight(surplus);
    boolean half = quotient.testBit(surplus - 1);
    boolean more = division[1].signum() != 0 || quotient.getLowestSetBit() < surplus - 1;
    if (half && (more || mantissa.testBit(0))) {
      mantissa = mantissa.add(BigInteger.ONE);
    }
    BigDecimal result = scaled(mantissa, surplus - shift);
    if (result.compareTo(LARGEST) > 0) {
      return null;
    }
    return new LongDouble(exact.signum() < 0 ? result.negate() : result);
  }

  /** {@code mantissa * 2^exponent}, exactly. */
  private static BigDecimal scaled(BigInteger mantissa, int exponent) {
    return exponent >= 0
        ? new BigDecimal(mantissa.shiftLeft(exponent))
        : new BigDecimal(mantissa.multiply(BigInteger.valueOf(5).pow(-exponent)), -exponent);
  }

  /** With 17 decimals, those at the end that are zero left out, never with an exponent. */
  @Override
  public String toString() {
    BigDecimal shown = value.setScale(DECIMALS, RoundingMode.HALF_EVEN);
    return shown.signum() == 0 ? "0" : shown.stripTrailingZeros().toPlainString();
  }
}
