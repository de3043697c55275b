package holdfast.proxy.config;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a configuration may draw on besides its own text; given by the shell, faked in tests. */
public interface Surroundings {
  /** An environment variable, null if it is not set. */
  @Nullable String variable(String name);

  /** The text of a file that holds a secret. */
  String secretFile(String path) throws IOException;
}
