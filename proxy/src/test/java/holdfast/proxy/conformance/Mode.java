package holdfast.proxy.conformance;

import java.util.ArrayList;
import java.util.List;

/** How a client speaks. */
record Mode(int protocol, boolean pipelined, boolean multi) {
  /** All eight, so ordered that the first four have every setting twice, and the last four too. */
  static final List<Mode> ALL = all();

  private static List<Mode> all() {
    var even = new ArrayList<Mode>();
    var odd = new ArrayList<Mode>();
    for (int bits = 0; bits < 8; bits++) {
      var mode = new Mode((bits & 1) == 0 ? 2 : 3, (bits & 2) != 0, (bits & 4) != 0);
      (Integer.bitCount(bits) % 2 == 0 ? even : odd).add(mode);
    }
    even.addAll(odd);
    return List.copyOf(even);
  }

  @Override
  public String toString() {
    return "RESP" + protocol + (pipelined ? ", pipelined" : "") + (multi ? ", in MULTI" : "");
  }
}
