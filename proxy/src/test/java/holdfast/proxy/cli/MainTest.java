package holdfast.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir Path folder;

  @Test
  void refusesAWrongCommandLineWithOneLine() {
    assertRefused("Unmatched argument", "nonsense");
    assertRefused("--config=FILE", "engine");
    assertRefused("--nope", "run", "--nope");
    assertRefused("--nope", "--nope");
    assertRefused("expected 1 to 65535", "run", "--port", "70000");
    assertRefused("expected a time", "demo", "--for", "soon");
    assertRefused("3s or more", "demo", "--kill-every", "1s");
    assertRefused("expected engine or redis", "demo", "--backends", "cloud");
    assertRefused("expected host:port", "status", "--voters", "here");
    assertRefused("expected list or print", "rollback");
    assertRefused("--engine=HOST:PORT", "rollback", "list");
    assertRefused("expected host:port", "rollback", "print", "--engine", "here", "x");
    assertRefused("expected host:port", "failover", "--to", "there");
    assertRefused("expected 1 to 60000", "failover", "--within", "0");
    assertRefused("give one of them", "failover", "-c", "x.conf", "--voters", "127.0.0.1:1");
    assertRefused("expected on, off or status", "maintenance", "perhaps");
  }

  @Test
  void refusesAConfigurationThatIsNotThere() {
    assertRefused("no such file", "proxy", "-c", folder.resolve("none.conf").toString());
  }

  @Test
  void tellsEachProblemOfAConfigurationOnALineOfItsOwn() throws IOException {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "engine.lisen = 1\nproxy.loops = -1\n");

    assertEquals(ExitCode.USAGE, run("engine", "-c", file.toString()));

    assertEquals(
        "holdfast: "
            + file
            + ":1: engine.lisen: no such option; did you mean engine.listen?\n"
            + "holdfast: "
            + file
            + ":2: proxy.loops = -1: expected a whole number from 0 to 256\n",
        err.toString());
  }

  @Test
  void refusesAFileThatIsNoText() throws IOException {
    Path file = folder.resolve("x.conf");
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0});

    assertRefused("expected text in UTF-8", "engine", "-c", file.toString());
  }

  @Test
  void showsHelpAndVersion() {
    assertEquals(ExitCode.OK, run("--help"));
    assertTrue(out.toString().contains("demo"), out.toString());
    assertEquals(ExitCode.OK, run("--version"));
    assertTrue(out.toString().contains("holdfast "), out.toString());
    assertEquals(ExitCode.OK, run("demo", "--help"));
    assertTrue(out.toString().contains("--kill-every"), out.toString());
  }

  @Test
  void failsWhenNoVoterAnswers() {
    assertEquals(ExitCode.FAILED, run("status", "--voters", "127.0.0.1:1"));
    assertEquals(ExitCode.FAILED, run("failover", "--voters", "127.0.0.1:1"));
    assertTrue(err.toString().contains("no voter can be reached: 127.0.0.1:1"), err.toString());
  }

  private void assertRefused(String part, String... arguments) {
    err.getBuffer().setLength(0);
    assertEquals(ExitCode.USAGE, run(arguments));
    String text = err.toString();
    assertTrue(text.startsWith("holdfast: ") && text.contains(part), text);
    assertEquals(1, text.lines().count(), text);
  }

  private int run(String... arguments) {
    return Main.execute(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
  }
}
