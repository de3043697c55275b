package holdfast.backend.engine;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Prints doubles as C's {@code %.17g}, which is what Redis 7.0 replies with. */
final class Doubles {
  private static final MathContext SEVENTEEN = new MathContext(17, RoundingMode.HALF_EVEN);

  private Doubles() {}

  static String format17(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    long whole = (long) value;
    if (whole == value && Math.abs(whole) < 100_000_000_000_000_000L) {
      return whole == 0 && 1 / value < 0 ? "-0" : Long.toString(whole);
    }
    BigDecimal rounded = new BigDecimal(value).round(SEVENTEEN);
    String digits = rounded.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - rounded.scale();
    int end = digits.length();
    while (end > 1 && digits.charAt(end - 1) == '0') {
      end--;
    }
    digits = digits.substring(0, end);
    var text = new StringBuilder(32);
    if (value < 0) {
      text.append('-');
    }
    if (exponent < -4 || exponent >= 17) {
      text.append(digits.charAt(0));
      if (digits.length() > 1) {
        text.append('.').append(digits, 1, digits.length());
      }
      text.append('e').append(exponent < 0 ? '-' : '+');
      int size = Math.abs(exponent);
      return text.append(size < 10 ? "0" : "").append(size).toString();
    }
    if (exponent < 0) {
      return text.append("0.").append("0".repeat(-exponent - 1)).append(digits).toString();
    }
    if (digits.length() <= exponent + 1) {
      return text.append(digits).append("0".repeat(exponent + 1 - digits.length())).toString();
    }
    return text.append(digits, 0, exponent + 1)
        .append('.')
        .append(digits, exponent + 1, digits.length())
        .toString();
  }
}
