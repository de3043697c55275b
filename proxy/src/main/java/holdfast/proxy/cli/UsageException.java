package holdfast.proxy.cli;

import java.io.Serial;
import java.util.stream.Stream;

/**
 * The command line, a file, a port or the configuration is not as it must be. The message is what
 * the user reads: one line per problem, each naming the place and the fix. Exit code 2.
 */
final class UsageException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final String text;

  UsageException(String text) {
    super(text);
    this.text = text;
  }

  /** The problems, one a line. */
  Stream<String> lines() {
    return text.lines();
  }
}
