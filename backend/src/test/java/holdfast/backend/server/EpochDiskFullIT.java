package holdfast.backend.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.testing.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that has no room for the epoch that a leader names. */
@Tag("faults")
class EpochDiskFullIT {
  @TempDir Path folder;

  @BeforeEach
  void mount() throws Exception {
    run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.toString());
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", folder.toString());
  }

  private static void run(String... command) throws Exception {
    assertEquals(
        0, new ProcessBuilder(command).inheritIO().start().waitFor(), List.of(command).toString());
  }

  private void fill() throws IOException {
    try (var out = Files.newOutputStream(folder.resolve("ballast"))) {
      while (true) {
        out.write(new byte[4096]);
      }
    } catch (IOException full) {
      assertTrue(String.valueOf(full.getMessage()).contains("No space"), full::toString);
    }
  }

  @Test
  void refusesALeaderWhoseEpochItCannotKeepAndObeysNoEarlierOneEither() throws Exception {
    var settings =
        EngineServerSettings.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .withPersistence(PersistenceSettings.in(folder));
    try (EngineServer engine = EngineServer.start(settings);
        var wire = new Wire(engine.address())) {
      assertTrue(wire.text("HOLDFAST", "CONSULT", "3").contains("holdfast_epoch:3"));
      fill();
      String reply = wire.text("HOLDFAST", "CONSULT", "5");
      assertTrue(reply.startsWith("-MISCONF epoch 5 cannot be written"), reply);
      assertTrue(wire.text("SET", "a", "1").startsWith("-"));
      assertTrue(wire.text("HOLDFAST", "CONSULT", "4").startsWith("-STALEEPOCH"));
      // Once more without room, then with it.
      assertTrue(wire.text("HOLDFAST", "CONSULT", "5").startsWith("-MISCONF"));
      Files.delete(folder.resolve("ballast"));
      assertFalse(wire.text("HOLDFAST", "CONSULT", "5").startsWith("-"));
    }
    try (EngineServer engine = EngineServer.start(settings);
        var wire = new Wire(engine.address())) {
      assertEquals("5", wire.info("holdfast").get("holdfast_epoch"));
    }
  }
}
