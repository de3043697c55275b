package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/**
 * Where everything in one process keeps its data, and on which ports its parts listen. The ports
 * are chosen once: the voters' record names backends and voters by address. One process at a time.
 */
final class DataFolder implements AutoCloseable {
  static final int ENGINES = 3;
  static final int VOTERS = 3;
  private static final int ENGINE_PORT = 6380;
  private static final int VOTER_PORT = 26379;

  private final Path folder;
  private final FileChannel lock;
  private final List<NodeAddress> engines;
  private final List<NodeAddress> voters;

  private DataFolder(
      Path folder, FileChannel lock, List<NodeAddress> engines, List<NodeAddress> voters) {
    this.folder = folder;
    this.lock = lock;
    this.engines = List.copyOf(engines);
    this.voters = List.copyOf(voters);
  }

  /** Opens the folder, or makes it with ports that are free now. */
  static DataFolder open(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw new UsageException(folder + ": not a folder; name another with --data");
    } catch (IOException e) {
      throw new UsageException(
          folder + ": cannot be made (" + e.getMessage() + "); name another folder with --data");
    }
    FileChannel lock =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (lock.tryLock() == null) {
        throw inUse(folder);
      }
      Properties ports = ports(folder);
      return new DataFolder(
          folder,
          lock,
          addresses(folder, ports, "engines", ENGINES),
          addresses(folder, ports, "voters", VOTERS));
    } catch (OverlappingFileLockException e) {
      lock.close();
      throw inUse(folder);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static UsageException inUse(Path folder) {
    return new UsageException(
        folder + ": another holdfast runs with this folder; end it, or name another with --data");
  }

  private static Properties ports(Path folder) throws IOException {
    Path file = folder.resolve("ports");
    var ports = new Properties();
    if (Files.exists(file)) {
      ports.load(new StringReader(Files.readString(file)));
      return ports;
    }
    var free = new Ports();
    ports.setProperty("engines", chosen(free, ENGINE_PORT, ENGINES));
    ports.setProperty("voters", chosen(free, VOTER_PORT, VOTERS));
    var text =
        new StringBuilder("# Where the parts listen. The voters' record names these addresses.\n");
    for (String name : List.of("engines", "voters")) {
      text.append(name).append('=').append(ports.getProperty(name)).append('\n');
    }
    Files.writeString(file, text);
    return ports;
  }

  private static String chosen(Ports free, int first, int count) throws IOException {
    var words = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      words.add(Integer.toString(free.preferring(first + i)));
    }
    return String.join(",", words);
  }

  private static List<NodeAddress> addresses(
      Path folder, Properties ports, String name, int count) {
    var addresses = new ArrayList<NodeAddress>();
    for (String word : ports.getProperty(name, "").split(",", -1)) {
      try {
        addresses.add(new NodeAddress("127.0.0.1", Integer.parseInt(word.strip())));
      } catch (IllegalArgumentException e) {
        break; // told below
      }
    }
    if (addresses.size() != count) {
      throw new UsageException(
          folder.resolve("ports") + ": " + name + ": expected " + count + " ports with commas");
    }
    return addresses;
  }

  List<NodeAddress> engines() {
    return engines;
  }

  List<NodeAddress> voters() {
    return voters;
  }

  Path engine(int index) {
    return folder.resolve("engine-" + (index + 1));
  }

  Path voter(int index) {
    return folder.resolve("voter-" + (index + 1));
  }

  /** The folder, as people find it from anywhere. */
  Path path() {
    return folder.toAbsolutePath().normalize();
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
