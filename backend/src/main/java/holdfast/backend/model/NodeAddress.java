package holdfast.backend.model;

/**
 * Where a node listens, as its operator wrote it: a name stays a name. It is also the identity of a
 * backend. An IPv6 host stands in brackets in the text form.
 */
public record NodeAddress(String host, int port) implements Comparable<NodeAddress> {
  private static final int HOST_CHARS_MAX = 255;

  /** Refuses a host with spaces or control characters and a port outside 1 to 65535. */
  public NodeAddress {
    boolean good = !host.isEmpty() && host.length() <= HOST_CHARS_MAX;
    for (int i = 0; good && i < host.length(); i++) {
      char c = host.charAt(i);
      good = c > ' ' && c < 0x7f && c != '[' && c != ']';
    }
    if (!good) {
      throw new IllegalArgumentException("host \"" + Shown.of(host) + "\", expected a host name");
    }
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + ", expected 1 to 65535");
    }
  }

  /** Reads {@code host:port} or {@code [ipv6]:port}. */
  public static NodeAddress parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("address \"" + Shown.of(text) + "\", expected host:port");
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    } else if (host.indexOf(':') >= 0) {
      throw new IllegalArgumentException(
          "address \"" + Shown.of(text) + "\", expected [ipv6]:port");
    }
    return new NodeAddress(host, parsePort(text, text.substring(colon + 1)));
  }

  private static int parsePort(String text, String port) {
    try {
      return Integer.parseInt(port);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "address \"" + Shown.of(text) + "\", expected a port of 1 to 65535", e);
    }
  }

  @Override
  public int compareTo(NodeAddress other) {
    int byHost = host.compareTo(other.host);
    return byHost != 0 ? byHost : Integer.compare(port, other.port);
  }

  @Override
  public String toString() {
    return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
  }
}
