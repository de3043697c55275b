package holdfast.proxy.dispatch;

import holdfast.proxy.dispatch.ClientLogin.Answer;
import holdfast.proxy.session.CommandPace;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Recording;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan;
import holdfast.routing.plan.Plan.Hold;
import holdfast.routing.plan.Plan.Reject;
import holdfast.routing.plan.Planning;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has each command of one client planned, and carries the plan out. Where a method answers false
 * the command was not taken: it stays where it lies, and {@link ClientWaiting} knows for what it
 * waits. One loop's thread.
 */
final class CommandSender {
  /** In the place of a number: the command is new and gets one when it is sent. */
  private static final int NEW = -1;

  private final ProxyLoop loop;
  private final ClientConnection client;
  private final LocalCommands local;
  private final Offers offers;
  private final Scans scans;
  private final CommandRun run = new CommandRun();

  /** Null where a client may go as fast as it likes. */
  private final @Nullable CommandPace pace;

  private boolean paceScheduled;

  CommandSender(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.local = new LocalCommands(loop, client);
    this.offers = new Offers(loop, client);
    int perSecond = loop.settings().clients().pace().commandsPerSecondMax();
    this.pace = perSecond > 0 ? new CommandPace(perSecond, loop.nowNanos()) : null;
    this.scans = new Scans(loop, client);
  }

  /** The next command that the client sent. */
  boolean take(RequestView request, ByteBuf frame, int start, int length) {
    ClientOutput output = client.output();
    CommandTraits traits = request.classify(loop.classes());
    if (output.pending() >= loop.settings().hold().clientCommandsMax() || output.isBehind()) {
      return client.waiting().on(Hold.FOR_ROOM);
    }
    if (loop.clients().arePaused(traits, loop)) {
      return waitForPause();
    }
    if (pace != null && pace.waitNanos(loop.nowNanos()) > 0) {
      return waitForPace(pace);
    }
    if (output.isSilent()) {
      if (client.replies().unanswered() > 0) {
        return client.waiting().on(Hold.FOR_REPLIES);
      }
      output.silent(false);
    }
    if (client.session().skipsNextReply() && !client.session().repliesOff()) {
      flushRun();
      output.silent(true);
    }
    offers.sends(traits);
    boolean taken =
        (!traits.isPassedOn() && isMisused(traits, request))
            || switch (client.login().may(traits, request)) {
              case Answer.Yes _ -> pass(traits, request, frame, start, length);
              case Answer.No(String error) -> refuse(error);
              case Answer.NotYet(boolean answered) -> answered;
            };
    if (taken) {
      loop.counters().command();
      if (pace != null) {
        pace.taken(loop.nowNanos());
      }
      if (client.tracking().isOn() && traits.special() != Special.CLIENT) {
        client.tracking().cachingOver();
      }
      if (traits.special() != Special.NONE) {
        noteScript(traits, frame, start, length);
      }
      if (output.isSilent()) {
        client.session().skipped();
      }
    }
    return taken;
  }

  private boolean pass(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    SubscriptionUse subscriptions = client.subscriptions();
    if (subscriptions.isActive() && !client.use().isInUse()) {
      SubscriptionUse.Gate gate = subscriptions.pass(traits, request, frame, start, length);
      if (gate != SubscriptionUse.Gate.OPEN) {
        return gate == SubscriptionUse.Gate.TAKEN;
      }
    }
    Plan plan = Planning.of(traits, request, offers);
    return carryOut(plan, traits, request, frame, start, length, NEW);
  }

  private void noteScript(CommandTraits traits, ByteBuf frame, int start, int length) {
    if (traits.special().isScript() && client.session().authenticated()) {
      RequestView request = loop.scratch().request().at(frame, start, length);
      loop.scripts().note(traits, request);
    }
  }

  /** True if it was answered with an error, as a server does before anything else. */
  private boolean isMisused(CommandTraits traits, RequestView request) {
    String misuse = Misuse.of(traits, request, loop.classes());
    boolean endsTransaction = traits.special() == Special.EXEC && client.use().isInTransaction();
    if (misuse == null
        || endsTransaction
        || client.use().isAwaiting()
        || client.subscriptions().isAwaiting()) {
      return false; // the server answers that EXEC, and what is due comes first
    }
    client.use().misused();
    client.replies().localError(misuse);
    return true;
  }

  private boolean refuse(String error) {
    client.use().misused();
    client.replies().localError(error);
    return true;
  }

  private boolean waitForPause() {
    long nanos = loop.clients().pausedNanos(loop.nowNanos());
    loop.schedule(client::wake, nanos, TimeUnit.NANOSECONDS);
    return client.waiting().on(Hold.FOR_ROOM);
  }

  private boolean waitForPace(CommandPace its) {
    if (!paceScheduled) {
      paceScheduled = true;
      loop.schedule(
          () -> {
            paceScheduled = false;
            client.wake();
          },
          its.waitNanos(loop.nowNanos()),
          TimeUnit.NANOSECONDS);
    }
    return client.waiting().on(Hold.FOR_ROOM);
  }

  /** A command that was sent before, and goes out again under its number. */
  boolean sendAgain(ByteBuf frame, int number) {
    int length = frame.readableBytes();
    RequestView request = loop.scratch().request().at(frame, 0, length);
    CommandTraits traits = request.classify(loop.classes());
    Plan plan = Planning.beside(traits, request, offers);
    return carryOut(plan, traits, request, frame, 0, length, number);
  }

  /** A command that is answered here, in the course of something that is open. */
  boolean runLocal(CommandTraits traits, RequestView request) {
    return local.run(traits, request);
  }

  /** A command that is not available through the proxy. */
  boolean refuse(CommandTraits traits) {
    client.replies().localError(String.valueOf(traits.refusal()));
    return true;
  }

  private boolean carryOut(
      Plan plan,
      CommandTraits traits,
      RequestView request,
      ByteBuf frame,
      int start,
      int length,
      int number) {
    OwnLinkUse use = client.use();
    ClientTracking tracking = client.tracking();
    if (tracking.isOn() && plan instanceof Plan.ToMaster) {
      if (number == NEW) {
        tracking.precede();
      } else {
        tracking.precedeAgain();
      }
    }
    return switch (plan) {
      case Plan.ToMaster to ->
          switch (to) {
            case SHARED_LINK -> {
              if (offers.isMasterChanged()) {
                flushRun();
              }
              Upstream link = offers.master();
              OnceWindow once = link.onceWindow();
              yield (once != null && sendKept(link, once, traits, request, number))
                  || send(link, traits, request, frame, start, length, number);
            }
            case OWN_LINK -> {
              flushRun();
              yield use.once(offers.own(), traits, frame, start, length, numbered(number));
            }
          };
      case Plan.ToReplica _ ->
          send(offers.replica(), traits, request, frame, start, length, number);
      case Plan.ToOpen to -> {
        flushRun();
        yield switch (to) {
          case GOES_ON -> use.goOn(traits, request, frame, start, length);
          case TRANSACTION -> use.transaction(offers.own(), traits, request, frame, start, length);
          case SUBSCRIPTION -> client.subscriptions().change(traits, request);
          case MONITOR -> use.monitor(offers.own(), frame, start, length);
        };
      }
      case Plan.Answer answer ->
          switch (answer) {
            case LOCALLY -> local.run(traits, request);
            case NOTHING_OPEN -> use.nothingOpen(traits, request);
          };
      case Hold.FOR_ROOM -> client.waiting().onRoomOf(offers.offeredMaster());
      case Hold what -> client.waiting().on(what);
      case Reject.NOT_AVAILABLE -> refuse(traits);
      case Reject why -> client.waiting().rejected(why);
    };
  }

  private boolean send(
      Upstream link,
      CommandTraits traits,
      RequestView request,
      ByteBuf frame,
      int start,
      int length,
      int number) {
    ClientReplies replies = client.replies();
    if (traits.special() == Special.INFO) {
      flushRun();
      link.send(frame, start, length, new InfoReply(loop, client), numbered(number), 1);
      return true;
    }
    if (traits.special() == Special.SCAN) {
      flushRun();
      boolean again = number != NEW;
      scans.send(link, traits, request, frame, start, length, numbered(number), again);
      return true;
    }
    if (!loop.clients().surplus().isEmpty()
        && counts(link, traits, request, frame, start, length, number)) {
      return true;
    }
    boolean free = !loop.settings().readCommitted() && traits.changesNothing();
    if (number != NEW || client.input().isInline()) {
      flushRun();
      ReplyTarget target =
          isKept(number, frame, start, length) ? client.onceReplies(false) : replies;
      link.send(frame, start, length, target, numbered(number), 1, free);
    } else if (run.isContinued(link, start, free)) {
      replies.take();
      run.add(length);
    } else {
      flushRun();
      run.begin(link, start, length, replies.take(), free);
    }
    return true;
  }

  /** True if it was sent, and its reply will be looked at: it counts subscribers. */
  private boolean counts(
      Upstream link,
      CommandTraits traits,
      RequestView request,
      ByteBuf frame,
      int start,
      int length,
      int number) {
    ReplyTarget target = ReceiverCount.of(traits, request, client, loop.clients().surplus());
    if (target == null) {
      return false;
    }
    flushRun();
    link.send(frame, start, length, target, numbered(number), 1);
    return true;
  }

  /** Sends a command in a form in which the server keeps its reply; false if it has none. */
  private boolean sendKept(
      Upstream link, OnceWindow once, CommandTraits traits, RequestView request, int number) {
    if (number != NEW || countsSubscribers(traits)) {
      return false; // as it was sent before, whichever link it is on now; or its reply is added to
    }
    int protocol = ProxyLoop.protocolOf(link.index());
    Recording recording = traits.recording();
    if (!recording.allowed(request, protocol)
        || Misuse.of(traits, request, loop.classes()) != null) {
      return false;
    }
    boolean script = recording == Recording.BODY || recording == Recording.DIGEST;
    byte[] body = script ? OnceFrame.body(recording, request, loop.scripts().bodies()) : null;
    byte[] around = body == null ? null : OnceScript.around(body);
    if (script && (around == null || once.isEngine())) {
      return false;
    }
    flushRun();
    ByteBuf out = loop.allocator().directBuffer();
    try {
      if (around == null) {
        OnceFrame.command(out, request, once, once.take(), protocol);
      } else {
        OnceFrame.script(out, request, around, once, once.take());
      }
      ClientReplies replies = client.replies();
      link.send(out, 0, out.readableBytes(), client.onceReplies(true), replies.take(), 1);
    } finally {
      out.release();
    }
    return true;
  }

  private boolean countsSubscribers(CommandTraits traits) {
    return !loop.clients().surplus().isEmpty() && ReceiverCount.isIn(traits);
  }

  private boolean isKept(int number, ByteBuf frame, int start, int length) {
    return number != NEW
        && loop.recorder().isOn()
        && OnceFrame.is(loop.scratch().request().at(frame, start, length));
  }

  private int numbered(int number) {
    return number == NEW ? client.replies().take() : number;
  }

  /** Sends the commands that were taken and wait for more of their kind. */
  void flushRun() {
    run.send(client.input().bytes(), client.replies());
  }

  Scans scans() {
    return scans;
  }

  // ---- a command that is too long to be gathered

  /** Where it goes: on a link of its own, or not now. */
  Plan planAlone(CommandTraits traits) {
    return Planning.alone(traits, offers);
  }

  /** The link that was taken for it. */
  Upstream ownLink() {
    return offers.own();
  }
}
