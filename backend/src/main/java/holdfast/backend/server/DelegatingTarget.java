package holdfast.backend.server;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A target that is only made at the moment its snapshot begins, and may fail to be: a file that
 * cannot be opened. The loop's thread only.
 */
abstract class DelegatingTarget implements SnapshotTarget {
  private @Nullable SnapshotTarget made;
  private @Nullable String problem;

  /** Makes the real target, now. */
  abstract SnapshotTarget make() throws IOException;

  /** It could not be made. */
  abstract void notMade(String why);

  @Override
  public void begin() {
    try {
      SnapshotTarget target = make();
      target.begin();
      made = target;
    } catch (IOException e) {
      problem = String.valueOf(e.getMessage());
    }
  }

  @Override
  public OutputStream out() {
    SnapshotTarget target = made;
    return target == null ? OutputStream.nullOutputStream() : target.out();
  }

  @Override
  public boolean isReady() {
    SnapshotTarget target = made;
    return target == null || target.isReady();
  }

  @Override
  public boolean isAbandoned() {
    SnapshotTarget target = made;
    return problem != null || (target != null && target.isAbandoned());
  }

  @Override
  public void complete() {
    SnapshotTarget target = made;
    if (target != null) {
      target.complete();
    }
  }

  @Override
  public void failed(String why) {
    SnapshotTarget target = made;
    if (target != null) {
      target.failed(why);
    } else {
      notMade(problem == null ? why : problem);
    }
  }
}
