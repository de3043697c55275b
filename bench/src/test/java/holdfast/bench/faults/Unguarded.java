package holdfast.bench.faults;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Holders that do not look at their lease, to see that the fault runs would notice.
 *
 * <p>No switch in production may do this, so there is none: the built classes that answer whether
 * the lease runs are copied with that one answer changed to "yes", and the copies stand before the
 * originals on the class path of the processes under test. All else is what is shipped.
 */
final class Unguarded {
  private Unguarded() {}

  /** Writes the changed classes to a folder, and answers how to run with them. */
  static JavaParts holders() throws IOException {
    Path folder = Hosts.FOLDER.resolve("unguarded");
    replaceAnswer(folder, "holdfast/routing/plan/Tenure.class", "heldAt");
    replaceAnswer(folder, "holdfast/backend/server/EngineLease.class", "isGiven");
    return new JavaParts(List.of(folder));
  }

  private static void replaceAnswer(Path folder, String name, String method) throws IOException {
    byte[] original;
    try (InputStream in = Unguarded.class.getResourceAsStream("/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is not on the class path");
      }
      original = in.readAllBytes();
    }
    var replaced = new AtomicInteger();
    ClassFile classes = ClassFile.of();
    byte[] changed =
        classes.transformClass(
            classes.parse(original),
            (builder, element) -> {
              if (element instanceof MethodModel model && model.methodName().equalsString(method)) {
                replaced.incrementAndGet();
                builder.withMethodBody(
                    model.methodName(),
                    model.methodType(),
                    model.flags().flagsMask(),
                    code -> code.iconst_1().ireturn());
              } else {
                builder.with(element);
              }
            });
    if (replaced.get() != 1) {
      throw new IllegalStateException(name + " has " + replaced + " methods " + method);
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, changed);
  }
}
