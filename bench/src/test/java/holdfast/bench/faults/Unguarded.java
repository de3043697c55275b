package holdfast.bench.faults;

import holdfast.routing.plan.Tenure;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Proxies that do not look at their lease, to see that the fault runs would notice.
 *
 * <p>No switch in production may do this, so there is none: the built class that answers whether
 * the lease runs is copied with that one answer changed to "yes", and the copy stands before the
 * original on the class path of the processes under test. All else is what is shipped.
 */
final class Unguarded {
  private Unguarded() {}

  /** Writes the changed class to a folder, and answers how to run with it. */
  static JavaParts proxies(Path folder) throws IOException {
    replaceAnswer(folder, Tenure.class, "heldAt");
    return new JavaParts(List.of(folder));
  }

  private static void replaceAnswer(Path folder, Class<?> type, String method) throws IOException {
    String name = type.getName().replace('.', '/') + ".class";
    byte[] original;
    try (InputStream in = type.getResourceAsStream("/" + name)) {
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
      throw new IllegalStateException(type + " has " + replaced + " methods " + method);
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, changed);
  }
}
