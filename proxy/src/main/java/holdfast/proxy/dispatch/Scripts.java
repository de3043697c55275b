package holdfast.proxy.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bodies of the scripts that clients of this proxy have shown, so that they can be loaded at the
 * next master: a server does not pass them on to its replicas. Bounded; what was used least goes
 * first. Any thread.
 */
public final class Scripts {
  /** A longer body is not kept. */
  static final int BODY_BYTES_MAX = 128 * 1024;

  private static final int BYTES_MAX = 1024 * 1024;

  /** Beside its body, about. */
  private static final int SCRIPT_BYTES = 64;

  private final Cache<ScriptDigest, byte[]> bodies;

  /** None yet. */
  public Scripts() {
    this(BYTES_MAX);
  }

  /**
   * With another bound.
   *
   * @param bytesMax of all bodies
   */
  Scripts(int bytesMax) {
    this.bodies =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((ScriptDigest _, byte[] body) -> body.length + SCRIPT_BYTES)
            .executor(Runnable::run)
            .build();
  }

  /** A client has shown this body. */
  void shown(byte[] body) {
    if (body.length <= BODY_BYTES_MAX) {
      bodies.put(ScriptDigest.of(body), body);
    }
  }

  /** The body of a script; null if it was never shown, or long ago. */
  byte @Nullable [] body(ScriptDigest digest) {
    return bodies.getIfPresent(digest);
  }

  /** All that there are. */
  List<byte[]> all() {
    return new ArrayList<>(bodies.asMap().values());
  }

  /** A client has had the server forget its scripts. */
  void forget() {
    bodies.invalidateAll();
  }
}
