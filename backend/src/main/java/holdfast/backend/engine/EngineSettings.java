package holdfast.backend.engine;

import java.util.random.RandomGenerator;

/**
 * What an engine is made with.
 *
 * @param databases how many numbered databases, at least 1
 * @param password what AUTH must give ({@code requirepass}); empty for none
 * @param runId 40 hexadecimal digits, new at each start
 * @param startedAtMillis wall-clock time of the start
 * @param random for RANDOMKEY, SPOP and the like; the engine's alone
 */
public record EngineSettings(
    int databases, String password, String runId, long startedAtMillis, RandomGenerator random) {
  /** Checks what is given. */
  public EngineSettings {
    if (databases < 1) {
      throw new IllegalArgumentException("databases " + databases + ", expected at least 1");
    }
    if (runId.length() != 40) {
      throw new IllegalArgumentException("run id \"" + runId + "\", expected 40 digits");
    }
  }
}
