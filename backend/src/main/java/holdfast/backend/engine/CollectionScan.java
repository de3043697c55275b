package holdfast.backend.engine;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What HSCAN, SSCAN and ZSCAN have in common. Source: Redis {@code db.c}, scanGenericCommand. */
final class CollectionScan {
  /** Steps per element asked for, so that a sparse table does not hold the server up. */
  private static final long STEPS_PER_ELEMENT = 10;

  /** One step over a collection. */
  @FunctionalInterface
  interface Step {
    /** Adds what it meets and what matches to {@code found}; returns the next cursor. */
    long from(long cursor, ScanOptions options, List<byte[]> found);
  }

  private CollectionScan() {}

  /** Scans as the call's options from argument 3 on ask, and replies; null for no collection. */
  static void run(Call call, long cursor, @Nullable Step step) {
    List<byte[]> found = new ArrayList<>();
    long next = 0;
    // Redis reads the options only of a key that is there.
    if (step != null) {
      ScanOptions options = ScanOptions.parse(call, 3, false);
      long stepsLeft =
          options.count() > Long.MAX_VALUE / STEPS_PER_ELEMENT
              ? Long.MAX_VALUE
              : options.count() * STEPS_PER_ELEMENT;
      next = cursor;
      do {
        next = step.from(next, options, found);
      } while (next != 0 && stepsLeft-- > 0 && found.size() < options.count());
    }
    call.out().array(2).bulk(next).array(found.size());
    for (byte[] element : found) {
      call.out().bulk(element);
    }
  }
}
