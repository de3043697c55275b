package holdfast.backend.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A real folder, seen through a file system that asks a test before each operation: it may throw,
 * which is a disk that fails, or take its time, which is a slow one. What was done before stays on
 * the real disk, as after a crash. Any thread.
 */
public final class FaultyDisk extends FileSystem {
  /** What is about to be done. */
  public enum Operation {
    READ,
    WRITE,
    FORCE,
    /** Forcing a folder's entries: a file made or renamed in it. */
    FORCE_FOLDER,
    RENAME
  }

  /** Asked before each operation, on the thread that does it. */
  @FunctionalInterface
  public interface Faults {
    /**
     * @param file the real file; of a rename where it goes
     * @throws IOException to have the operation fail
     */
    void before(Operation operation, Path file) throws IOException;
  }

  private final FileSystemProvider provider = new Provider();
  private final FileSystem real;
  private volatile Faults faults = (_, _) -> {};

  private FaultyDisk(FileSystem real) {
    this.real = real;
  }

  /** A disk without faults yet. */
  public static FaultyDisk over(Path folder) {
    return new FaultyDisk(folder.getFileSystem());
  }

  /** {@code path} as seen through this disk. */
  public Path at(Path path) {
    return new FaultyPath(this, path);
  }

  /** From now on these. */
  public void faults(Faults value) {
    faults = value;
  }

  /** From now on this operation fails, as it does where the device is broken. */
  public void fail(Operation failing) {
    faults =
        (operation, _) -> {
          if (operation == failing) {
            throw new IOException("Input/output error");
          }
        };
  }

  /** From now on nothing fails. */
  public void heal() {
    faults = (_, _) -> {};
  }

  void before(Operation operation, Path file) throws IOException {
    faults.before(operation, file);
  }

  static Path real(Path path) {
    return path instanceof FaultyPath(_, Path inner) ? inner : path;
  }

  private final class Provider extends FileSystemProvider {
    private FileSystemProvider inner() {
      return real.provider();
    }

    @Override
    public String getScheme() {
      return "faulty";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      return FaultyDisk.this;
    }

    @Override
    public Path getPath(URI uri) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SeekableByteChannel newByteChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      Path file = real(path);
      return new FaultyChannel(
          FaultyDisk.this, file, inner().newFileChannel(file, options, attributes));
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
        Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
      var found = new ArrayList<Path>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(real(folder))) {
        for (Path entry : entries) {
          if (filter.accept(at(entry))) {
            found.add(at(entry));
          }
        }
      }
      return new DirectoryStream<>() {
        @Override
        public java.util.Iterator<Path> iterator() {
          return found.iterator();
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
      inner().createDirectory(real(folder), attributes);
    }

    @Override
    public void delete(Path path) throws IOException {
      inner().delete(real(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
      inner().copy(real(source), real(target), options);
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
      before(Operation.RENAME, real(target));
      inner().move(real(source), real(target), options);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
      return inner().isSameFile(real(path), real(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
      return inner().isHidden(real(path));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
      return inner().getFileStore(real(path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
      inner().checkAccess(real(path), modes);
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
        Path path, Class<V> type, LinkOption... options) {
      return inner().getFileAttributeView(real(path), type, options);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
        Path path, Class<A> type, LinkOption... options) throws IOException {
      return inner().readAttributes(real(path), type, options);
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
        throws IOException {
      return inner().readAttributes(real(path), names, options);
    }

    @Override
    public void setAttribute(Path path, String name, Object value, LinkOption... options)
        throws IOException {
      inner().setAttribute(real(path), name, value, options);
    }
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public void close() {}

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return real.getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return real.getFileStores();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return real.supportedFileAttributeViews();
  }

  @Override
  public Path getPath(String first, String... more) {
    return at(real.getPath(first, more));
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    PathMatcher matcher = real.getPathMatcher(pattern);
    return path -> matcher.matches(real(path));
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw new UnsupportedOperationException();
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException();
  }
}
