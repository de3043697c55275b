package holdfast.bench.load;

import java.util.ArrayList;
import java.util.List;

/**
 * What load to make.
 *
 * @param host where the clients connect
 * @param connections clients, each with a connection of its own
 * @param writesPerSecond of all clients together; 0 is as fast as they can
 * @param readsPerWrite GETs after each SET, on average
 * @param keysPerConnection keys that each client writes in turn
 * @param prefix begins every key
 * @param seconds how long to run by itself; 0 waits for commands on standard input
 */
record LoadOptions(
    String host,
    int port,
    int connections,
    int writesPerSecond,
    double readsPerWrite,
    int keysPerConnection,
    String prefix,
    int seconds) {

  static final String USAGE =
      """
      usage: holdfast bench [--address HOST:PORT] [--connections N] [--writes-per-second N]
                            [--reads-per-write X] [--keys N] [--prefix TEXT] [--for SECONDS]
        --address            127.0.0.1:6379
        --connections        24
        --writes-per-second  of all connections together, 0 for as many as possible (600)
        --reads-per-write    0.5
        --keys               keys of each connection (50)
        --prefix             of all keys (load:)
        --for                seconds to run (10)""";

  /**
   * Reads a command line; throws IllegalArgumentException with one line that tells what is wrong.
   */
  static LoadOptions parse(List<String> arguments) {
    String host = "127.0.0.1";
    int port = 6379;
    int connections = 24;
    int writesPerSecond = 600;
    double readsPerWrite = 0.5;
    int keys = 50;
    String prefix = "load:";
    int seconds = 10;
    var rest = new ArrayList<>(arguments);
    while (!rest.isEmpty()) {
      String name = rest.removeFirst();
      if (rest.isEmpty()) {
        throw new IllegalArgumentException(name + ": expected a value, see --help");
      }
      String value = rest.removeFirst();
      switch (name) {
        case "--address" -> {
          int colon = value.lastIndexOf(':');
          if (colon < 1) {
            throw new IllegalArgumentException("--address " + value + ": expected HOST:PORT");
          }
          host = value.substring(0, colon);
          port = number(name, value.substring(colon + 1), 1, 65535);
        }
        case "--connections" -> connections = number(name, value, 1, 10_000);
        case "--writes-per-second" -> writesPerSecond = number(name, value, 0, 10_000_000);
        case "--reads-per-write" -> readsPerWrite = number(name, value, 100);
        case "--keys" -> keys = number(name, value, 1, 1_000_000);
        case "--prefix" -> prefix = value;
        case "--for" -> seconds = number(name, value.replaceFirst("s$", ""), 0, 86_400);
        default -> throw new IllegalArgumentException(name + ": no such option, see --help");
      }
    }
    return new LoadOptions(
        host, port, connections, writesPerSecond, readsPerWrite, keys, prefix, seconds);
  }

  /** Nanoseconds from one write of a connection to its next; 0 for none. */
  long intervalNanos() {
    return writesPerSecond == 0 ? 0 : 1_000_000_000L * connections / writesPerSecond;
  }

  private static int number(String name, String value, int min, int max) {
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException(
        name + " " + value + ": expected a number from " + min + " to " + max);
  }

  private static double number(String name, String value, double max) {
    try {
      double number = Double.parseDouble(value);
      if (number >= 0 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException(name + " " + value + ": expected a number from 0 to " + max);
  }
}
