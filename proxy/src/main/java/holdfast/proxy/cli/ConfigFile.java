package holdfast.proxy.cli;

import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfigReader;
import holdfast.proxy.config.HoldfastConfigReader.Outcome;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.proxy.config.Problem;
import holdfast.proxy.config.Surroundings;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads a configuration file from disk; what is wrong with it is a {@link UsageException}. */
final class ConfigFile {
  private static final Surroundings PROCESS =
      new Surroundings() {
        @Override
        public @Nullable String variable(String name) {
          return System.getenv(name);
        }

        @Override
        public String secretFile(String path) throws IOException {
          return Files.readString(Path.of(path));
        }
      };

  private ConfigFile() {}

  /** Reads it; {@code part} null where it is only to be looked at. */
  static HoldfastConfig read(Path file, @Nullable Part part) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new UsageException(file + ": no such file; conf/holdfast.conf is one to begin with");
    } catch (MalformedInputException e) {
      throw new UsageException(file + ": expected text in UTF-8");
    } catch (IOException e) {
      throw new UsageException(file + ": cannot be read (" + e.getMessage() + ")");
    }
    return switch (HoldfastConfigReader.read(text, file.toString(), part, PROCESS)) {
      case Outcome.Valid(HoldfastConfig config) -> config;
      case Outcome.Invalid(var problems) ->
          throw new UsageException(
              problems.stream().map(Problem::oneLine).collect(Collectors.joining("\n")));
    };
  }
}
