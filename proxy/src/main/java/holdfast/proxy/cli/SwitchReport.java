package holdfast.proxy.cli;

import java.util.Locale;

/**
 * What one kill cost.
 *
 * @param number from 1
 * @param atSeconds since the load began
 * @param killed the master that was killed
 * @param successor the master after it
 * @param epoch of the successor
 * @param pauseNanos the longest time without a successful write of any client
 * @param slowestNanos the longest that one write took, from the client's side
 * @param checkedKeys keys read back from the successor directly
 * @param lostWrites acknowledged writes that were not there
 * @param errorsSeen errors that clients saw up to here
 */
record SwitchReport(
    int number,
    double atSeconds,
    String killed,
    String successor,
    long epoch,
    long pauseNanos,
    long slowestNanos,
    int checkedKeys,
    long lostWrites,
    long errorsSeen) {

  static final String HEADER =
      String.format(
          "%4s %7s  %-16s %-16s %6s %9s %9s %8s %6s %7s",
          "kill",
          "at",
          "killed",
          "new master",
          "epoch",
          "pause",
          "slowest",
          "checked",
          "lost",
          "errors");

  String line() {
    return String.format(
        Locale.ROOT,
        "%4d %6.1fs  %-16s %-16s %6d %7dms %7dms %8d %6d %7d",
        number,
        atSeconds,
        killed,
        successor,
        epoch,
        pauseNanos / 1_000_000,
        slowestNanos / 1_000_000,
        checkedKeys,
        lostWrites,
        errorsSeen);
  }
}
