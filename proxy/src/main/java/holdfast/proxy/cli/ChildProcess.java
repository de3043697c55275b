package holdfast.proxy.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a child is started so that Ctrl-C reaches only us, and it never outlives us. */
final class ChildProcess {
  private static final Path SETSID = Path.of("/usr/bin/setsid");
  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

  private ChildProcess() {}

  /**
   * The command in a session of its own, as a terminal sends Ctrl-C to all of one session; the
   * process id stays that of the command. Killed when the thread that started it ends, which where
   * Linux's tools are missing is left to {@link Lifetime}.
   */
  static List<String> command(List<String> command) {
    var wrapped = new ArrayList<String>();
    if (Files.isExecutable(SETSID)) {
      wrapped.add(SETSID.toString());
    }
    if (Files.isExecutable(SETPRIV)) {
      wrapped.addAll(List.of(SETPRIV.toString(), "--pdeathsig", "KILL"));
    }
    wrapped.addAll(command);
    return wrapped;
  }
}
