package holdfast.proxy.conformance;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One client in both worlds. What it sends goes out to both, then the replies of both are read and
 * compared: no other client sends in between, so that effects come in one order in both worlds.
 */
final class Client implements AutoCloseable {
  private static final int REMEMBERED = 25;

  private final Worlds worlds;
  private final Mode mode;
  private final Tally tally;
  private final Deque<String> last = new ArrayDeque<>();

  /** Commands that wait for EXEC. */
  private final List<Command> queued = new ArrayList<>();

  private Connection direct;
  private Connection proxied;
  private Expected expected = new Expected();
  private boolean inMulti;
  private long sent;

  Client(Worlds worlds, Mode mode, Tally tally) {
    this.worlds = worlds;
    this.mode = mode;
    this.tally = tally;
    this.direct = new Connection(worlds.direct());
    this.proxied = new Connection(worlds.proxied());
    speak();
  }

  private static Connection connect(InetSocketAddress address) {
    return new Connection(address);
  }

  private void speak() {
    direct.call("HELLO", Integer.toString(mode.protocol()));
    proxied.call("HELLO", Integer.toString(mode.protocol()));
  }

  Mode mode() {
    return mode;
  }

  /** How many commands it has sent. */
  long sent() {
    return sent;
  }

  boolean inMulti() {
    return inMulti;
  }

  private record Due(Command command, int replies, boolean pushed) {}

  /** Sends all at once and compares what comes; throws {@link Difference}. */
  void exchange(List<Command> commands) throws Difference {
    await(send(commands));
  }

  /** Sends, and leaves the replies for {@link #await}. */
  private List<Due> send(List<Command> commands) {
    var due = new ArrayList<Due>();
    for (Command command : commands) {
      Expected.Frames frames = expected.of(command);
      due.add(new Due(command, frames.count(), frames.confirmed() && mode.protocol() == 3));
    }
    direct.send(commands);
    proxied.send(commands);
    sent += commands.size();
    return due;
  }

  private void await(List<Due> all) throws Difference {
    var theirs = new Arrived(direct);
    var ours = new Arrived(proxied);
    for (Due due : all) {
      String last = "";
      for (int i = 0; i < due.replies; i++) {
        String one = due.pushed ? theirs.push() : theirs.reply();
        String other = due.pushed ? ours.push() : ours.reply();
        compare(due, all, one, other);
        last = one;
      }
      boolean ok = !Reply.isError(last) || due.replies == 0;
      note(due.command, last, ok);
    }
    theirs.nothingElse(this);
    ours.nothingElse(this);
    if (!all.isEmpty() && all.getLast().command.first().equals("quit")) {
      compare(all.getLast(), all, theirs.reply(), ours.reply());
      reconnect();
    }
  }

  /** Sends what blocks, has the other send, and reads both replies and what was published. */
  void exchangeWith(Client other, List<Command> line) throws Difference {
    List<Due> blocked = List.of();
    for (Command command : line) {
      switch (command.sender()) {
        case SELF -> exchange(List.of(command));
        case SELF_BLOCKED -> blocked = send(List.of(command));
        case OTHER -> {
          other.exchange(List.of(command));
          await(blocked);
          blocked = List.of();
          int messages = expected.messages(command);
          if (messages > 0) {
            await(List.of(new Due(command, messages, mode.protocol() == 3)));
          }
        }
      }
    }
  }

  private void reconnect() {
    close();
    direct = connect(worlds.direct());
    proxied = connect(worlds.proxied());
    expected = new Expected();
    queued.clear();
    inMulti = false;
    speak();
  }

  // ---- what is compared, and what follows from it

  private void compare(Due due, List<Due> all, String one, String other) throws Difference {
    Command command = due.command;
    last.add(command + "  ->  " + Reply.shown(one));
    if (last.size() > REMEMBERED) {
      last.removeFirst();
    }
    if (!isSame(command, one, other)) {
      // What was sent behind it in the same pipeline may be why.
      all.stream()
          .skip(all.indexOf(due) + 1L)
          .limit(REMEMBERED)
          .forEach(next -> last.add(next.command + "  (sent with it)"));
      last.add("behind it came: " + proxied.rest(REMEMBERED));
      throw new Difference(mode, command, one, other, List.copyOf(last));
    }
  }

  private boolean isSame(Command command, String one, String other) {
    if (Connection.isNone(one) || Connection.isNone(other)) {
      return one.equals(other);
    }
    if (!command.first().equals("exec") || !one.startsWith("*")) {
      return command.check().same(one, other);
    }
    List<String> theirs = Reply.elements(one);
    List<String> ours = Reply.elements(other);
    boolean same = theirs.size() == ours.size();
    for (int i = 0; same && i < theirs.size(); i++) {
      Check check = i < queued.size() ? queued.get(i).check() : Check.EXACT;
      same = check.same(theirs.get(i), ours.get(i));
    }
    return same;
  }

  private void note(Command command, String reply, boolean ok) {
    String name = command.first();
    if (inMulti && reply.equals("+QUEUED\r\n")) {
      queued.add(command);
      return;
    }
    tally.note(mode, command, ok);
    switch (name) {
      case "multi" -> inMulti |= ok;
      case "exec" -> {
        List<String> elements = Reply.elements(reply);
        for (int i = 0; i < queued.size(); i++) {
          boolean executed = i < elements.size() && !Reply.isError(elements.get(i));
          tally.note(mode, queued.get(i), executed);
        }
        ended(reply);
      }
      case "discard", "reset" -> {
        queued.forEach(each -> tally.note(mode, each, false));
        ended(reply);
      }
      default -> {
        // changes nothing here
      }
    }
  }

  /** All answers to EXEC and DISCARD end it, but for that to a wrong number of arguments. */
  private void ended(String reply) {
    if (!reply.startsWith("-ERR wrong number")) {
      inMulti = false;
      queued.clear();
    }
  }

  @Override
  public void close() {
    direct.close();
    proxied.close();
  }

  /** Frames of one connection, pushes apart: between them and replies there is no order. */
  private final class Arrived {
    private final Connection from;
    private final Deque<String> replies = new ArrayDeque<>();
    private final Deque<String> pushes = new ArrayDeque<>();

    Arrived(Connection from) {
      this.from = from;
    }

    String reply() {
      return next(replies, pushes, false);
    }

    String push() {
      return next(pushes, replies, true);
    }

    private String next(Deque<String> wanted, Deque<String> others, boolean push) {
      while (wanted.isEmpty()) {
        String frame = from.frame();
        if (Connection.isNone(frame)) {
          return frame;
        }
        (Reply.isPush(frame) == push ? wanted : others).add(frame);
      }
      return wanted.remove();
    }

    void nothingElse(Client client) throws Difference {
      for (String frame : pushes.isEmpty() ? replies : pushes) {
        String where = from == client.direct ? "directly" : "through the proxy";
        throw new Difference(
            client.mode,
            Command.of("(nothing)"),
            "nothing else",
            frame + " " + where,
            List.copyOf(client.last));
      }
    }
  }
}
