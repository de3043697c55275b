package holdfast.proxy.cli;

import holdfast.backend.link.Credentials;
import holdfast.backend.model.AcceptedRecord.BackendEntry;
import holdfast.backend.model.NodeAddress;
import holdfast.health.failover.BackendNeeds;
import holdfast.health.runtime.VoterServer;
import holdfast.health.runtime.VoterSettings;
import holdfast.proxy.admin.AdminServer;
import holdfast.proxy.config.HoldfastConfig;
import holdfast.proxy.config.HoldfastConfig.BackendsSection;
import holdfast.proxy.config.HoldfastConfig.VoterSection;
import holdfast.proxy.config.HoldfastConfigReader.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;

/** Runs one voter. */
@Command(name = "voter", description = "Run one voter of a configuration file.")
final class VoterCommand extends PartCommand {
  VoterCommand() {
    super(Part.VOTER);
  }

  @Override
  void start(HoldfastConfig config, Lifetime lifetime) throws IOException {
    VoterSection voter = config.voter();
    VoterServer server = lifetime.add(VotersAndProxy.start(settings(config)));
    NodeAddress admin = voter.adminListen();
    if (admin != null) {
      lifetime.add(
          Listening.start(
              "voter.admin-listen",
              admin,
              () ->
                  AdminServer.start(
                      Listening.resolved("voter.admin-listen", admin), VoterPages.of(server))));
    }
    System.out.println(
        "voter on "
            + voter.listen()
            + ", one of "
            + (voter.peers().size() + 1)
            + ", data in "
            + Path.of(voter.data()).toAbsolutePath()
            + (admin == null ? "" : ", status on http://" + admin + "/status"));
  }

  /** What a configuration says of a voter, as the voter wants it. */
  static VoterSettings settings(HoldfastConfig config) {
    VoterSection voter = config.voter();
    BackendsSection backends = config.backends();
    return new VoterSettings(
        voter.listen(),
        voter.announced(),
        voter.peers(),
        voter.backends().stream()
            .map(backend -> new BackendEntry(backend.address(), backend.priority()))
            .toList(),
        voter.masterName(),
        Path.of(voter.data()),
        voter.quorum(),
        config.replicasRequired(),
        new VoterSettings.Times(
            Duration.ofNanos(voter.pingNanos()),
            Duration.ofNanos(voter.downAfterNanos()),
            Duration.ofNanos(voter.refusedAfterNanos()),
            Duration.ofNanos(voter.leaseNanos()),
            Duration.ofNanos(voter.engineLeaseNanos()),
            Duration.ofNanos(voter.consultWaitNanos())),
        voter.emptyColdStart(),
        backends.password().isSet()
            ? new Credentials(
                backends.user().isEmpty() ? null : backends.user(), backends.password().reveal())
            : null,
        TlsOf.backends(backends),
        new VoterSettings.VoterTls(TlsOf.voterPort(voter), TlsOf.voters(voter)),
        voter.secret().isSet() ? voter.secret().reveal() : null,
        BackendNeeds.MinReplicas.valueOf(voter.minReplicas().name()));
  }
}
