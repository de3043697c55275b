package holdfast.backend.testing;

import holdfast.backend.testing.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** An open file of a {@link FaultyDisk}. */
final class FaultyChannel extends FileChannel {
  private final FaultyDisk disk;
  private final Path file;
  private final FileChannel real;

  FaultyChannel(FaultyDisk disk, Path file, FileChannel real) {
    this.disk = disk;
    this.file = file;
    this.real = real;
  }

  @Override
  public int read(ByteBuffer to) throws IOException {
    disk.before(Operation.READ, file);
    return real.read(to);
  }

  @Override
  public long read(ByteBuffer[] to, int from, int length) throws IOException {
    disk.before(Operation.READ, file);
    return real.read(to, from, length);
  }

  @Override
  public int read(ByteBuffer to, long position) throws IOException {
    disk.before(Operation.READ, file);
    return real.read(to, position);
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    disk.before(Operation.WRITE, file);
    return real.write(bytes);
  }

  @Override
  public long write(ByteBuffer[] bytes, int from, int length) throws IOException {
    disk.before(Operation.WRITE, file);
    return real.write(bytes, from, length);
  }

  @Override
  public int write(ByteBuffer bytes, long position) throws IOException {
    disk.before(Operation.WRITE, file);
    return real.write(bytes, position);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long value) throws IOException {
    real.position(value);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    real.truncate(size);
    return this;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    disk.before(Files.isDirectory(file) ? Operation.FORCE_FOLDER : Operation.FORCE, file);
    real.force(metaData);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    disk.before(Operation.READ, file);
    return real.transferTo(position, count, target);
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    disk.before(Operation.WRITE, file);
    return real.transferFrom(source, position, count);
  }

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return real.map(mode, position, size);
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
  }
}
