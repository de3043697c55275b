package holdfast.proxy.conformance;

import java.util.List;

/** A reply through the proxy that is another than that of a server asked directly. */
final class Difference extends Exception {
  private static final long serialVersionUID = 1;

  private final String command;

  Difference(Mode mode, Command command, String direct, String proxied, List<String> last) {
    super(
        "%s: %s%n  directly:          %s%n  through the proxy: %s%n  that client's last commands:%n    %s"
            .formatted(
                mode,
                command,
                Reply.shown(direct),
                Reply.shown(proxied),
                String.join("\n    ", last)));
    this.command = command.word(0) + " " + command.word(1);
  }

  /** What it is about. */
  String command() {
    return command;
  }
}
