package holdfast.backend.link;

import holdfast.backend.resp.RespValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is said before a link is used, as rounds of commands: a round is sent at once, the next one
 * when all its replies are in. First who we are, in which protocol and database, and our name; then
 * the setup commands. So nothing but the handshake is under way before the backend has our name.
 *
 * <p>Where HELLO is refused, because the backend does not know it or speaks RESP2 only, who we are
 * is said again in RESP2. Pure; one thread.
 */
final class Handshake {
  private static final int LOGIN = 0;
  private static final int SETUP = 1;
  private static final int DONE = 2;

  private final Login login;
  private final List<RespValue> replies = new ArrayList<>();
  private List<List<String>> round = List.of();
  private int stage = LOGIN;
  private int protocol;
  private List<RespValue> setupReplies = List.of();
  private @Nullable String refusal;

  Handshake(Login login) {
    this.login = login;
    this.protocol = login.protocol();
  }

  /**
   * The next round; empty when all is said, or after a refusal. To be called first, and whenever
   * {@link #onReply} has answered true.
   */
  List<List<String>> next() {
    replies.clear();
    round =
        switch (stage) {
          case LOGIN -> protocol == 3 ? loginByHello() : loginInResp2();
          case SETUP -> login.setupCommands();
          default -> List.of();
        };
    if (round.isEmpty() && stage < DONE) {
      stage++;
      return next();
    }
    return round;
  }

  private List<List<String>> loginByHello() {
    var commands = new ArrayList<List<String>>();
    var hello = new ArrayList<>(List.of("HELLO", "3"));
    Credentials credentials = login.credentials();
    if (credentials != null) {
      String user = credentials.user();
      hello.addAll(List.of("AUTH", user == null ? "default" : user, credentials.password()));
    }
    if (!login.clientName().isEmpty()) {
      hello.addAll(List.of("SETNAME", login.clientName()));
    }
    commands.add(hello);
    addSelect(commands);
    return commands;
  }

  private List<List<String>> loginInResp2() {
    var commands = new ArrayList<List<String>>();
    Credentials credentials = login.credentials();
    if (credentials != null) {
      String user = credentials.user();
      commands.add(
          user == null
              ? List.of("AUTH", credentials.password())
              : List.of("AUTH", user, credentials.password()));
    }
    if (!login.clientName().isEmpty()) {
      commands.add(List.of("CLIENT", "SETNAME", login.clientName()));
    }
    addSelect(commands);
    return commands;
  }

  private void addSelect(List<List<String>> commands) {
    if (login.database() != 0) {
      commands.add(List.of("SELECT", Integer.toString(login.database())));
    }
  }

  /** Takes the next reply of the round; true when it was the last one, or a refusal. */
  boolean onReply(RespValue reply) {
    replies.add(reply);
    if (replies.size() < round.size()) {
      return false;
    }
    if (stage == LOGIN) {
      onLoginAnswered();
    } else if (stage == SETUP) {
      setupReplies = List.copyOf(replies);
      stage = DONE;
    }
    return true;
  }

  private void onLoginAnswered() {
    for (int i = 0; i < replies.size(); i++) {
      if (replies.get(i) instanceof RespValue.Failure failure) {
        if (i == 0 && protocol == 3 && lacksHello(failure)) {
          protocol = 2; // and the same stage once more
          return;
        }
        // The words after AUTH are no business of a log.
        String command = round.get(i).getFirst();
        refusal = command + " was answered by: " + failure.message();
        stage = DONE;
        return;
      }
    }
    stage = SETUP;
  }

  private static boolean lacksHello(RespValue.Failure failure) {
    return failure.code().equals("NOPROTO") || failure.message().contains("unknown command");
  }

  /** The protocol spoken, 2 or 3; final once all is said. */
  int protocol() {
    return protocol;
  }

  /** Why the backend does not want us; null if it does. */
  @Nullable String refusal() {
    return refusal;
  }

  /** When all is said: what the setup commands were answered. */
  List<RespValue> setupReplies() {
    return setupReplies;
  }
}
