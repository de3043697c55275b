package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NumbersTest {
  @Test
  void readsEveryLongThatJavaPrints() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      long value = random.nextLong() >> random.nextInt(64);
      byte[] text = Words.bytes(value);
      assertTrue(Numbers.isLong(text), () -> "not a long: " + value);
      assertEquals(value, Numbers.parseLong(text));
    }
    for (long value : new long[] {0, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertEquals(value, Numbers.parseLong(Words.bytes(value)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+1",
        "01",
        "-01",
        "-0",
        "1 ",
        " 1",
        "1a",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "99999999999999999999",
        "1.0",
        "0x1"
      })
  void refusesWhatIsNoCanonicalLong(String text) {
    assertFalse(Numbers.isLong(Words.bytes(text)));
  }

  @ParameterizedTest
  @CsvSource({
    "1,1",
    "-1,-1",
    "+1.5,1.5",
    ".5,.5",
    "5.,5",
    "1e3,1000",
    "1E+3,1000",
    "1e-3,.001",
    "0x10,16",
    "0X1.8,1.5",
    "0x1p4,16",
    "-0x1P-1,-.5",
    "0e999999999999,0",
    "4.9e-324,4.9e-324"
  })
  void readsDoublesAsCDoes(String text, double value) {
    assertEquals(value, Numbers.parseDouble(Words.bytes(text)));
  }

  @Test
  void readsInfinities() {
    for (String text : new String[] {"inf", "INF", "+inf", "infinity", "Infinity"}) {
      assertEquals(Double.POSITIVE_INFINITY, Numbers.parseDouble(Words.bytes(text)), text);
    }
    assertEquals(Double.NEGATIVE_INFINITY, Numbers.parseDouble(Words.bytes("-iNf")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " 1", "1 ", "1f", "1d", "1e", "1e+", "e5", ".", "-", "0x", "0x.", "0x1p", "nan", "NaN",
        "-nan", "infx", "1e400", "-1e400", "1e-400", "1_000", "1,5", "--1", "0x1e5g", "1p3"
      })
  void refusesWhatCWouldNotReadAsAWhole(String text) {
    assertTrue(Double.isNaN(Numbers.parseDouble(Words.bytes(text))));
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "-0.0,-0",
    "1,1",
    "-1,-1",
    "0.1,0.10000000000000001",
    "3.5,3.5",
    "1e15,1000000000000000",
    "1e16,10000000000000000",
    "1e17,1e+17",
    "1.5e300,1.5000000000000001e+300",
    "0.0001,0.0001",
    "0.00001,1.0000000000000001e-05",
    "-2.5e-7,-2.4999999999999999e-07",
    "123456789012345678,1.2345678901234568e+17",
    "5e-324,4.9406564584124654e-324",
    "1.7976931348623157e308,1.7976931348623157e+308",
    "Infinity,inf",
    "-Infinity,-inf"
  })
  void printsDoublesWith17Digits(double value, String text) {
    assertEquals(text, Numbers.format(value));
  }

  @Test
  void readsBackWhatItPrints() {
    Random random = new Random(2);
    for (int i = 0; i < 50_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (!Double.isNaN(value)) {
        assertEquals(value, Numbers.parseDouble(Words.bytes(Numbers.format(value))));
      }
    }
  }
}
