package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Turns what goes wrong with an address to listen on into one line that tells the fix. */
final class Listening {
  private Listening() {}

  /** Starts something that listens. */
  @FunctionalInterface
  interface Start<T> {
    T now() throws IOException;
  }

  /**
   * Starts what listens on {@code address}.
   *
   * @param option the name of the option that holds the address
   * @throws UsageException if the port is taken or not ours to take
   */
  static <T> T start(String option, NodeAddress address, Start<T> start) throws IOException {
    try {
      return start.now();
    } catch (IOException e) {
      if (isBindFailure(e)) {
        throw new UsageException(
            address
                + " is taken or cannot be listened on: end what listens there, or set "
                + option
                + " to another address");
      }
      throw e;
    }
  }

  private static boolean isBindFailure(IOException e) {
    for (Throwable each = e; each != null; each = each.getCause()) {
      String message = each.getMessage();
      if (each instanceof BindException
          || (message != null && (message.contains("in use") || message.contains("bind(")))) {
        return true;
      }
    }
    return false;
  }

  /** The address as a socket wants it. */
  static InetSocketAddress resolved(String option, NodeAddress address) {
    try {
      return new InetSocketAddress(InetAddress.getByName(address.host()), address.port());
    } catch (UnknownHostException e) {
      throw new UsageException(
          option + " = " + address + ": this host is not known; write an address of this machine");
    }
  }
}
