package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.server.EngineServer;
import holdfast.backend.server.EngineServerSettings;
import holdfast.backend.server.PersistenceSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line that shows what a switch took back. */
class RollbackIT {
  @TempDir Path folder;

  private static String run(int expected, String... arguments) {
    var out = new StringWriter();
    assertEquals(
        expected,
        Main.execute(new PrintWriter(out, true), new PrintWriter(out, true), arguments),
        out::toString);
    return out.toString();
  }

  @Test
  void listsAndPrintsWhatAnEngineKept() throws Exception {
    Path password = Files.writeString(folder.resolve("password"), "s3cret\n");
    var settings =
        EngineServerSettings.at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .withPassword("s3cret")
            .withPersistence(PersistenceSettings.in(folder.resolve("data")));
    try (EngineServer server = EngineServer.start(settings)) {
      var address = new NodeAddress("127.0.0.1", server.address().getPort());
      String engine = "--engine=" + address;
      String file = "--password-file=" + password;
      assertTrue(run(ExitCode.FAILED, "rollback", "list", engine).contains("NOAUTH"));
      assertEquals("", run(ExitCode.OK, "rollback", "list", engine, file));
      try (ControlClient client = ControlClient.open(address, 10_000, null, "s3cret", null)) {
        client.call("SET", "taken back", "1");
        client.call("HOLDFAST", "FOLLOW", "1", "127.0.0.1", "1", "a".repeat(40), "0");
      }
      String[] line = run(ExitCode.OK, "rollback", "list", engine, file).strip().split(" ", -1);
      assertTrue(line[0].matches("rollback-1-1-\\d+\\.resp"), line[0]);
      assertTrue(Long.parseLong(line[1]) > 0);
      assertEquals(
          "SELECT 0\nSET \"taken back\" 1\n",
          run(ExitCode.OK, "rollback", "print", engine, file, line[0]));
      assertTrue(run(ExitCode.FAILED, "rollback", "print", engine, file, "x").contains("no file"));
    }
  }
}
