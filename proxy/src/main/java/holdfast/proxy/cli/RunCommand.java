package holdfast.proxy.cli;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.server.EngineServer;
import holdfast.backend.server.EngineServerSettings;
import holdfast.backend.server.PersistenceSettings;
import holdfast.proxy.admin.AdminServer;
import holdfast.proxy.runtime.ProxyServer;
import holdfast.routing.command.InDoubtPolicy;
import holdfast.routing.plan.DurabilityRule;
import holdfast.routing.read.ReadPolicy;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Everything in one process: three engines, three voters and a proxy, with their data in one
 * folder. It is a working system to try and to develop against; it survives a restart, not the loss
 * of its machine.
 */
@Command(
    name = "run",
    description = "Run three embedded engines, three voters and a proxy in one process.")
final class RunCommand implements Callable<Integer> {
  private static final int PROXY_PORT = 6379;
  private static final int ADMIN_PORT = 9121;
  private static final int READY_SECONDS_MAX = 30;

  @Mixin Common common = new Common();

  @Option(
      names = "--data",
      paramLabel = "FOLDER",
      defaultValue = ".holdfast",
      description = "Where to keep the data (default: ${DEFAULT-VALUE}).")
  Path data = Path.of(".holdfast");

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "0",
      description = "The proxy's port (default: 6379, or another if that is taken).")
  int port;

  @Option(names = "--log", description = "Log on standard error what happens inside.")
  boolean log;

  @Option(names = "--end-when-ready", hidden = true, description = "For the launcher's build.")
  boolean endWhenReady;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (port < 0 || port > 65535) {
      throw new UsageException("--port " + port + ": expected 1 to 65535");
    }
    Log.configure(log ? "info" : "warn");
    var lifetime = new Lifetime();
    try {
      start(lifetime, System.out);
      if (!endWhenReady) {
        lifetime.await();
      }
    } finally {
      lifetime.close();
    }
    return ExitCode.OK;
  }

  private void start(Lifetime lifetime, PrintStream out) throws IOException, InterruptedException {
    DataFolder folder = lifetime.add(DataFolder.open(data));
    for (int i = 0; i < folder.engines().size(); i++) {
      lifetime.add(engine(folder, i));
    }
    VotersAndProxy.startVoters(
        lifetime,
        folder.voters(),
        folder.engines(),
        IntStream.range(0, folder.voters().size()).mapToObj(folder::voter).toList(),
        DurabilityRule.MAJORITY);
    NodeAddress listen = listen();
    ProxyServer proxy =
        VotersAndProxy.startProxy(
            lifetime, listen, folder.voters(), InDoubtPolicy.ERROR, ReadPolicy.MASTER);
    AdminServer admin =
        lifetime.add(
            AdminServer.start(
                Listening.resolved("admin", new NodeAddress("127.0.0.1", free(ADMIN_PORT))),
                ProxyPages.of(proxy)));
    MasterView.Master master = awaitMaster(new MasterView(folder.voters()));
    if (port == 0 && listen.port() != PROXY_PORT) {
      out.println("Port " + PROXY_PORT + " is taken; the proxy took " + listen.port() + ".");
    }
    out.println("Holdfast is ready: redis-cli -p " + listen.port());
    out.println();
    out.println("  proxy    " + listen + "   what applications connect to");
    out.println("  engines  " + list(folder.engines()) + "   master now: " + master.address());
    out.println(
        "  voters   " + list(folder.voters()) + "   Sentinel's protocol, master \"mymaster\"");
    out.println(
        "  metrics  http://127.0.0.1:" + admin.address().getPort() + "/metrics (/health, /status)");
    out.println("  data     " + folder.path());
    out.println();
    out.println(
        "Ctrl-C ends it; the data stays. ./holdfast demo shows what happens when masters die.");
    out.flush();
  }

  private static EngineServer engine(DataFolder folder, int index) throws IOException {
    NodeAddress address = folder.engines().get(index);
    EngineServerSettings settings =
        EngineServerSettings.at(Listening.resolved("engine", address))
            .withFenced(true)
            .withPersistence(PersistenceSettings.in(folder.engine(index)));
    return Listening.start(
        "engines in " + folder.path().resolve("ports"),
        address,
        () -> EngineServer.start(settings));
  }

  private NodeAddress listen() throws IOException {
    return new NodeAddress("127.0.0.1", port > 0 ? port : free(PROXY_PORT));
  }

  private static int free(int preferred) throws IOException {
    return new Ports().preferring(preferred);
  }

  private static MasterView.Master awaitMaster(MasterView view)
      throws IOException, InterruptedException {
    for (int tries = READY_SECONDS_MAX * 20; tries > 0; tries--) {
      MasterView.Master master = view.current();
      if (master != null && writes(master.address())) {
        return master;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new IOException(
        "the voters found no master within " + READY_SECONDS_MAX + " s; --log shows why");
  }

  /**
   * Whether this engine has taken up its role: after a restart the record names one that has not.
   */
  private static boolean writes(NodeAddress master) {
    try {
      return ControlClient.ask(master, 500, "ROLE").items().getFirst().text().equals("master");
    } catch (IOException | IllegalStateException e) {
      return false;
    }
  }

  private static String list(List<NodeAddress> addresses) {
    return addresses.stream().map(NodeAddress::toString).collect(Collectors.joining(" "));
  }
}
