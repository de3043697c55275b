package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LongDoubleTest {
  private static LongDouble parsed(String text) {
    LongDouble value = LongDouble.parse(Words.bytes(text));
    assertNotNull(value, text);
    return value;
  }

  /** Every line was seen as INCRBYFLOAT of a redis-server 7.0.15 on x86-64. */
  @ParameterizedTest
  @CsvSource({
    "0.1, 0.2, 0.3",
    "1, 1e-17, 1.00000000000000001",
    "10.5, 0.1, 10.6",
    "1e18, 0.1, 1000000000000000000.125",
    "123456789.123456789, 0, 123456789.12345678899873747",
    "123456789.12345678899873747, 0.000000001, 123456789.12345678999554366",
    "9007199254740993, 0.3, 9007199254740993.2998046875",
    "1e19, 0.5, 10000000000000000000",
    "99999999999999999999, 0, 100000000000000000000",
    "0x1.8p1, 0.3, 3.3",
    "0x10, 0X.8, 16.5",
    "-0.1, 0.1, 0",
    "5e-18, 0, 0",
    "1.5e-17, 0, 0.00000000000000002",
    "1e-4940, 1, 1",
    "-3.0e3, 200, -2800"
  })
  void addsAsTheServerDoes(String a, String b, String sum) {
    LongDouble result = parsed(a).plus(parsed(b));
    assertEquals(sum, String.valueOf(result));
  }

  @Test
  void printsLargeNumbersInFull() {
    String text = parsed("1e4000").toString();
    assertEquals(4000, text.length()); // the nearest long double is a little below
    assertTrue(text.startsWith("9999999999999999999965463873099623784932492583506957631"), text);
    assertTrue(
        parsed("1e4932").toString().startsWith("100000000000000000000601894938796389132383777"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " 1",
        "1 ",
        "nan",
        "inf",
        "-infinity",
        "1e5000",
        "-1e5000",
        "1e-5000",
        "abc",
        "1e",
        "1e99999999999",
        "1e-99999999999",
        "0x1p99999",
        "2e4932",
        "0x"
      })
  void refusesWhatTheServerRefuses(String text) {
    assertNull(LongDouble.parse(Words.bytes(text)));
  }

  @Test
  void refusesASumThatIsTooLarge() {
    assertNull(parsed("1e4932").plus(parsed("1e4932")));
  }

  @Test
  void readsTextOfTheServersLengthAtMost() {
    assertEquals("0.1", parsed("0.1" + "0".repeat(5 * 1024 - 4)).toString());
    assertNull(LongDouble.parse(Words.bytes("0.1" + "0".repeat(5 * 1024 - 3))));
  }

  @Test
  void knowsInfinityByName() {
    assertTrue(LongDouble.isInfinite(Words.bytes("-Inf")));
    assertTrue(LongDouble.isInfinite(Words.bytes("infinity")));
  }
}
