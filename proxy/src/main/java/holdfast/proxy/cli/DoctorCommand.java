package holdfast.proxy.cli;

import holdfast.backend.transport.FilesTls;
import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks at everything that a configuration names, and says what weakens which promise. */
@Command(
    name = "doctor",
    description = {
      "Ask each backend and voter of a configuration and say what weakens which promise.",
      "Exit code 0: all is well; 1: something is weakened; 2: the command line or file is wrong."
    })
final class DoctorCommand implements Callable<Integer> {
  @Mixin Common common = new Common();

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The configuration of a voter: it names the backends and the voters.")
  Path file = Path.of("");

  @Override
  public Integer call() {
    HoldfastConfig config = ConfigFile.read(file, null);
    if (config.voter().backends().isEmpty()) {
      throw new UsageException(
          file + ": voter.backends is empty; give the configuration of a voter");
    }
    BackendsSection login = config.backends();
    String user = login.user().isEmpty() ? null : login.user();
    String password = login.password().isSet() ? login.password().reveal() : null;
    FilesTls tls = TlsOf.backends(login);
    VotersOf voters = VotersOf.config(config);
    List<Finding> findings =
        Diagnosis.of(
            config.voter().backends().stream()
                .map(backend -> Examination.backend(backend.address(), user, password, tls))
                .toList(),
            voters.addresses().stream().map(voter -> Examination.voter(voters, voter)).toList());
    PrintWriter out = spec.commandLine().getOut();
    findings.forEach(finding -> out.println(finding.line()));
    long weak = findings.stream().filter(f -> f.level() == Finding.Level.WEAK).count();
    out.println(weak == 0 ? "all is well" : weak + " of these weaken what is promised");
    return weak == 0 ? ExitCode.OK : ExitCode.FAILED;
  }
}
