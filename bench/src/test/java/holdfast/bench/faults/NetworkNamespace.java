package holdfast.bench.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Runs code of this process inside a network namespace: its sockets are of that host. A thread that
 * enters a namespace stays in it, so each call has a thread of its own.
 */
final class NetworkNamespace {
  private static final int CLONE_NEWNET = 0x4000_0000;
  private static final int O_RDONLY = 0;
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      handle(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle SETNS =
      handle(
          "setns",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private NetworkNamespace() {}

  @SuppressWarnings("restricted")
  private static MethodHandle handle(
      String name, FunctionDescriptor type, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
  }

  /** The result of {@code task} as run there. */
  static <T> T in(String namespace, Callable<T> task) throws Exception {
    var result = new CompletableFuture<T>();
    Thread thread =
        Thread.ofPlatform()
            .name("in-" + namespace)
            .daemon()
            .start(
                () -> {
                  try {
                    enter(namespace);
                    result.complete(task.call());
                  } catch (Throwable t) { // told to the caller
                    result.completeExceptionally(t);
                  }
                });
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      thread.interrupt();
    }
  }

  private static void enter(String namespace) throws Throwable {
    try (var arena = Arena.ofConfined()) {
      int file =
          (int) OPEN.invokeExact(arena.allocateFrom("/var/run/netns/" + namespace), O_RDONLY);
      if (file < 0 || (int) SETNS.invokeExact(file, CLONE_NEWNET) != 0) {
        throw new IllegalStateException("cannot enter the network namespace " + namespace);
      }
      int ignored = (int) CLOSE.invokeExact(file);
    }
  }
}
