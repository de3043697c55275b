package holdfast.proxy.dispatch;

import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.Special;
import holdfast.routing.plan.Plan;
import holdfast.routing.plan.Plan.Hold;
import holdfast.routing.plan.Plan.Reject;
import holdfast.routing.plan.Planning;
import io.netty.buffer.ByteBuf;

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
  private final CommandRun run = new CommandRun();

  CommandSender(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
    this.local = new LocalCommands(loop, client);
    this.offers = new Offers(loop, client);
  }

  /** The next command that the client sent. */
  boolean take(RequestView request, ByteBuf frame, int start, int length) {
    ClientOutput output = client.output();
    CommandTraits traits = request.classify(loop.classes());
    if (output.pending() >= loop.settings().hold().clientCommandsMax() || output.isBehind()) {
      return client.waiting().on(Hold.FOR_ROOM);
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
    Plan plan = Planning.of(traits, request, offers);
    offers.sends(traits);
    boolean taken = carryOut(plan, traits, request, frame, start, length, NEW);
    if (taken) {
      loop.counters().command();
      if (output.isSilent()) {
        client.session().skipped();
      }
    }
    return taken;
  }

  /** A command that was sent before, and goes out again under its number. */
  boolean sendAgain(ByteBuf frame, int number) {
    int length = frame.readableBytes();
    RequestView request = loop.scratch().request().at(frame, 0, length);
    CommandTraits traits = request.classify(loop.classes());
    Plan plan = Planning.beside(traits, request, offers);
    return carryOut(plan, traits, request, frame, 0, length, number);
  }

  /** A command of a subscriber that goes beside the stream of messages. */
  boolean sendBeside(
      CommandTraits traits, RequestView request, ByteBuf frame, int start, int length) {
    Plan plan = Planning.beside(traits, request, offers);
    return carryOut(plan, traits, request, frame, start, length, NEW);
  }

  /** A command without arguments that is answered here. */
  boolean runLocal(CommandTraits traits) {
    return local.run(traits, loop.scratch().request());
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
    return switch (plan) {
      case Plan.ToMaster to ->
          switch (to) {
            case SHARED_LINK -> {
              if (offers.isMasterChanged()) {
                flushRun();
              }
              yield send(offers.master(), traits, frame, start, length, number);
            }
            case OWN_LINK -> {
              flushRun();
              yield use.once(offers.own(), traits, frame, start, length, numbered(number));
            }
          };
      case Plan.ToReplica _ -> send(offers.replica(), traits, frame, start, length, number);
      case Plan.ToOpen to -> {
        flushRun();
        yield switch (to) {
          case GOES_ON -> use.goOn(traits, request, frame, start, length);
          case TRANSACTION -> use.transaction(offers.own(), traits, request, frame, start, length);
          case SUBSCRIPTION ->
              use.subscription(offers.own(), traits, request, frame, start, length);
        };
      }
      case Plan.Answer answer ->
          switch (answer) {
            case LOCALLY -> local.run(traits, request);
            case NOTHING_OPEN -> use.nothingOpen(traits, request);
          };
      case Hold what -> client.waiting().on(what);
      case Reject.NOT_AVAILABLE -> {
        client.replies().localError(String.valueOf(traits.refusal()));
        yield true;
      }
      case Reject why -> client.waiting().rejected(why);
    };
  }

  private boolean send(
      Upstream link, CommandTraits traits, ByteBuf frame, int start, int length, int number) {
    ClientReplies replies = client.replies();
    if (traits.special() == Special.INFO) {
      flushRun();
      link.send(frame, start, length, new InfoReply(loop, client), numbered(number), 1);
      return true;
    }
    boolean free = !loop.settings().readCommitted() && traits.changesNothing();
    if (number != NEW || client.input().isInline()) {
      flushRun();
      link.send(frame, start, length, replies, numbered(number), 1, free);
    } else if (run.isContinued(link, start, free)) {
      replies.take();
      run.add(length);
    } else {
      flushRun();
      run.begin(link, start, length, replies.take(), free);
    }
    return true;
  }

  private int numbered(int number) {
    return number == NEW ? client.replies().take() : number;
  }

  /** Sends the commands that were taken and wait for more of their kind. */
  void flushRun() {
    run.send(client.input().bytes(), client.replies());
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
