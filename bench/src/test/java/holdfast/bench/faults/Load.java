package holdfast.bench.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** The clients of all hosts, as one. */
final class Load {
  private static final int PROXY_PORT = 6379;

  private record Client(int host, Writer to, BufferedReader from) {
    void say(String line) throws IOException {
      to.write(line + "\n");
      to.flush();
    }

    void awaitOk() throws IOException {
      String answer = from.readLine();
      if (!"ok".equals(answer)) {
        throw new IllegalStateException("the client of host " + host + " said " + answer);
      }
    }
  }

  private final Path folder;
  private final List<Client> clients = new ArrayList<>();

  /** Starts the processes; they do nothing yet. */
  Load(Path folder, JavaParts java) {
    this.folder = folder;
    for (int host = 1; host <= Hosts.COUNT; host++) {
      var process =
          new HostProcess(
              host,
              "client",
              java.command(
                  LoadClient.class.getName(),
                  List.of(Integer.toString(host), Integer.toString(PROXY_PORT))),
              folder.resolve("client" + host + ".log"));
      Process started = process.start();
      clients.add(
          new Client(
              host,
              new OutputStreamWriter(started.getOutputStream(), StandardCharsets.UTF_8),
              started.inputReader(StandardCharsets.UTF_8)));
    }
  }

  /** All clients begin on new keys. */
  void begin(String prefix) throws IOException {
    tell(clients, "begin " + prefix);
  }

  /** The clients of one host have nothing under way and are not connected. */
  void pause(int host) throws IOException {
    tell(List.of(clients.get(host - 1)), "pause");
  }

  void resume(int host) throws IOException {
    tell(List.of(clients.get(host - 1)), "resume");
  }

  /** All clients end; what they saw. */
  List<Seen> finish() throws IOException {
    for (Client client : clients) {
      client.say("finish " + file(client));
    }
    var seen = new ArrayList<Seen>();
    var pool = new HashMap<String, String>();
    for (Client client : clients) {
      client.awaitOk();
      Files.readAllLines(file(client)).forEach(line -> seen.add(Seen.parse(line, pool)));
    }
    return seen;
  }

  private Path file(Client client) {
    return folder.resolve("seen" + client.host);
  }

  private static void tell(List<Client> whom, String line) throws IOException {
    for (Client client : whom) {
      client.say(line);
    }
    for (Client client : whom) {
      client.awaitOk();
    }
  }
}
