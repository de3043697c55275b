package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import holdfast.backend.server.EngineServerSettings;
import holdfast.proxy.config.HoldfastConfigReader;
import holdfast.proxy.config.HoldfastConfigReader.Outcome;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import holdfast.proxy.config.Surroundings;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EngineCommandTest {
  /** Without it no voter would grant it a lease, and it would never take a write. */
  @Test
  void anEngineShowsTheVotersTheirSecret() {
    assertEquals("sesame", settings("voter.secret = sesame").voterSecret());
    assertNull(settings("").voterSecret());
  }

  private static EngineServerSettings settings(String text) {
    Outcome outcome =
        HoldfastConfigReader.read(
            text,
            "x.conf",
            Part.ENGINE,
            new Surroundings() {
              @Override
              public @Nullable String variable(String name) {
                return null;
              }

              @Override
              public String secretFile(String path) throws IOException {
                throw new IOException("no such file");
              }
            });
    return EngineCommand.settings(
        assertInstanceOf(Outcome.Valid.class, outcome, outcome.toString()).config());
  }
}
