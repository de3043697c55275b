package holdfast.backend.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The latest epoch an engine has heard of, in its data folder: a node that forgot it could obey a
 * leader that was replaced. Without a folder it is kept by nobody. One thread.
 */
public final class EpochFile {
  private static final String NAME = "epoch";
  private static final Pattern CONTENT = Pattern.compile("holdfast-epoch 1\n(\\d{1,18})\n");

  private final @Nullable Path file;

  /**
   * @param folder null for none
   */
  public EpochFile(@Nullable Path folder) {
    this.file = folder == null ? null : folder.resolve(NAME);
  }

  /**
   * The epoch; 0 if none was ever heard of.
   *
   * @throws IOException if the file cannot be read or is damaged
   */
  public long read() throws IOException {
    if (file == null) {
      return 0;
    }
    String text;
    try {
      text = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      return 0;
    }
    Matcher content = CONTENT.matcher(text);
    if (!content.matches()) {
      throw new IOException(
          file + " is damaged: expected \"holdfast-epoch 1\" and a number, each on a line");
    }
    return Long.parseLong(content.group(1));
  }

  /** Returns when the epoch is on disk; else the one before is there still. */
  public void write(long epoch) throws IOException {
    if (file != null) {
      DurableFiles.write(
          file, ("holdfast-epoch 1\n" + epoch + "\n").getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
