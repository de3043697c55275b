package holdfast.proxy.dispatch;

import holdfast.backend.model.RunId;
import holdfast.backend.resp.RespWriter;
import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.command.CommandTraits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Sees to it on one loop that EVALSHA works after a switch as before: notes the bodies that clients
 * show, has them loaded on the first links to a process before those take commands, and loads one
 * more on NOSCRIPT. One loop's thread.
 */
final class ScriptLoads {
  /** Processes that are remembered as loaded. */
  private static final int PROCESSES_MAX = 16;

  private static final byte[] SCRIPT = "SCRIPT".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] LOAD = "LOAD".getBytes(StandardCharsets.US_ASCII);

  private final Scripts scripts;
  private final Deque<RunId> loaded = new ArrayDeque<>();

  ScriptLoads(Scripts scripts) {
    this.scripts = scripts;
  }

  /** A client's command is on its way: it may show a body, or have all forgotten. */
  void note(CommandTraits traits, RequestView request) {
    switch (traits.special()) {
      case EVAL -> show(request, 1);
      case SCRIPT_LOAD -> show(request, 2);
      case SCRIPT_FLUSH -> scripts.forget();
      default -> {
        // shows nothing
      }
    }
  }

  /** Bodies by digest. */
  Scripts bodies() {
    return scripts;
  }

  private void show(RequestView request, int index) {
    if (request.count() > index && request.length(index) <= Scripts.BODY_BYTES_MAX) {
      scripts.shown(request.bytes(index));
    }
  }

  // ---- on new links

  /** What a new link to this process has to load first. */
  List<byte[]> missingAt(RunId process) {
    return loaded.contains(process) ? List.of() : scripts.all();
  }

  /** A link has loaded them there: what is shown from here on comes there by itself. */
  void loadedAt(RunId process) {
    if (!loaded.contains(process)) {
      if (loaded.size() == PROCESSES_MAX) {
        loaded.removeFirst();
      }
      loaded.addLast(process);
    }
  }

  /** Writes the command that loads a body. */
  static void write(RespWriter writer, byte[] body) {
    writer.command(SCRIPT, LOAD, body);
  }

  // ---- on NOSCRIPT

  /**
   * The server has not got a script: loads it and asks again, on the same link. Not if the client
   * has sent more behind it, which is executed by now: its commands keep their order. Of a command
   * whose reply is to be kept nobody but us knows that there is a script, so it is always repeated.
   *
   * @return false if the client is to see the error
   */
  boolean again(ClientConnection client, Upstream link, Frame request, int number) {
    RequestView view = new RequestView().at(request.in(), request.start(), request.length());
    ScriptDigest digest = view.count() < 2 ? null : ScriptDigest.read(view, 1);
    byte[] own = digest == null ? null : OnceScript.find(digest);
    boolean ordered = link.tenure() == null || client.replies().unanswered() <= 1;
    if (link.isClosed() || digest == null || (own == null && !ordered)) {
      return false;
    }
    byte[] body = own == null ? scripts.body(digest) : own;
    if (body == null) {
      return false;
    }
    ByteBuf load = Unpooled.buffer(body.length + 64);
    write(new RespWriter(load, 2), body);
    link.send(load, load.readerIndex(), load.readableBytes(), Swallow.ANYTHING, 0, 1);
    var target = new LoadedAgain(client);
    link.send(request.in(), request.start(), request.length(), target, number, 1);
    return true;
  }

  /** Asks no third time. */
  private static final class LoadedAgain extends HandedOn {
    private final ClientConnection client;

    LoadedAgain(ClientConnection client) {
      super(client);
      this.client = client;
    }

    @Override
    public void onRefused(Upstream link, Frame request, Frame error, int number) {
      if (Errors.is(error, Errors.NO_SCRIPT)) {
        client.replies().onReplies(link, error.in(), error.start(), error.length(), number, 1);
      } else {
        super.onRefused(link, request, error, number);
      }
    }
  }
}
