package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.dispatch.Confirmation.Answer;
import holdfast.routing.plan.View;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Confirms for all links of one loop that what the master has answered is on enough replicas
 * (PROTOCOL.md, "Durability K"): a connection of its own to the master, one round in flight.
 *
 * <p>At the end of a pass in which replies have come, a round begins: it marks them at their {@link
 * Gate gates} and asks {@code INFO replication; WAIT K t; INFO replication} in one go. The master's
 * offset in the first INFO is at or past all that was answered before it was sent, and sets, as
 * every command does, the offset that this connection's WAIT waits for; WAIT makes it quick, and
 * counts anybody. What counts is what {@link Confirmation} reads in the INFOs. If the last round
 * had no need of WAIT, the next one asks INFO alone first. A round that is not confirmed asks
 * again, until the hold window ends; then its replies are dropped and their clients told.
 *
 * <p>While it has clients it also looks now and then by itself, so that it knows before the next
 * write whether there are enough replicas. No objects per round; one loop's thread.
 */
final class GroupCommit implements ReplyTarget, Upstream.Listener {
  private static final long TICK_MILLIS = 50;
  private static final long AGAIN_MILLIS = 3;

  private static final long PAUSE_MILLIS_MIN = 10;
  private static final long PAUSE_MILLIS_MAX = 500;
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** WAIT ends by then, so that INFO behind it is answered. */
  private static final int WAIT_MILLIS = 100;

  /** Numbers of what is sent; not neighbours, so that each reply comes by itself. */
  private static final int INFO = 0;

  private static final int WAIT = 2;

  private final ProxyLoop loop;
  private final Confirmation confirmation = new Confirmation();
  private final ByteBuf infoCommand = Unpooled.buffer();
  private final ByteBuf waitCommand = Unpooled.buffer();

  private List<Upstream> arrived = new ArrayList<>();
  private List<Upstream> marked = new ArrayList<>();
  private @Nullable Upstream link;

  /** Replies are marked and wait for this round. */
  private boolean inRound;

  /** An INFO has been read in this round. */
  private boolean reported;

  /** Replies that are still to come on the link. */
  private int awaited;

  private boolean needsWait = true;
  private boolean lacked = true;
  private boolean ticking;
  private boolean connectScheduled;
  private boolean lookScheduled;
  private final ReplicaLooks looks;

  private final LinkTrouble trouble;

  /** Of the present master: a pause that began before him is not waited for. */
  private int generation;

  private long pauseMillis = PAUSE_MILLIS_MIN;
  private long deadlineNanos;
  private long lastReportNanos;
  private long waitingBytes;

  GroupCommit(ProxyLoop loop) {
    this.loop = loop;
    this.looks = new ReplicaLooks(loop.nowNanos());
    this.trouble = new LinkTrouble(loop.logger(), "link for confirmations to");
    new RespWriter(infoCommand, 2).command("INFO", "replication");
  }

  /** Whether replies of the master wait to be confirmed. */
  boolean isActive() {
    return !loop.view().durability().isNone();
  }

  /** Whether too few replicas are online for a write to be confirmed, as far as is known. */
  boolean lacksReplicas() {
    return lacked && isActive();
  }

  @Nullable Upstream link() {
    return link;
  }

  /** K. */
  int replicasRequired() {
    return confirmation.replicasRequired();
  }

  // ---- what the gates say

  /** Something has come on a link and waits; when that is. */
  long arrived(Upstream on) {
    arrived.add(on);
    loop.schedulePass();
    return loop.nowNanos();
  }

  /** So many more bytes wait. */
  void waiting(int bytes) {
    if (bytes != 0) {
      waitingBytes += bytes;
      loop.counters().unconfirmedBytes(waitingBytes);
    }
  }

  /** Whether no more may wait. */
  boolean isFull() {
    return waitingBytes > loop.settings().hold().totalBytesMax();
  }

  // ---- the view

  void viewChanged(View before, View now) {
    confirmation.require(now.durability());
    boolean another = !before.sameMaster(now);
    if (another) {
      confirmation.newMaster();
      pauseMillis = PAUSE_MILLIS_MIN;
      connectScheduled = false;
      generation++;
      lacked = true;
      looks.newMaster(loop.nowNanos());
      inRound = false;
      marked.clear();
      arrived.removeIf(Upstream::isClosed);
      close("the master is another");
    }
    waitCommand.clear();
    new RespWriter(waitCommand, 2)
        .command(
            "WAIT",
            Integer.toString(now.durability().replicasRequired()),
            Integer.toString(WAIT_MILLIS));
    if (isActive()) {
      connect();
      if (lacked && awaited == 0) {
        ask(false); // somebody may count from now on
      }
      tick();
    } else {
      close("nothing is to be confirmed");
    }
  }

  private void close(String reason) {
    Upstream old = link;
    link = null;
    if (old != null) {
      old.close(reason);
    }
  }

  private void connect() {
    View view = loop.view();
    if (isActive()
        && link == null
        && !connectScheduled
        && view.master() != null
        && !loop.isClosing()) {
      awaited = 0;
      link = loop.connectUnconfirmed(view.master(), view.tenure(), this);
    }
  }

  @Override
  public void onReady(Upstream ready) {
    pauseMillis = PAUSE_MILLIS_MIN;
    trouble.over();
    lastReportNanos = loop.nowNanos();
    ask(inRound);
  }

  @Override
  public void onClosed(Upstream closed, String reason) {
    if (link != closed) {
      return;
    }
    link = null;
    awaited = 0;
    if (!loop.isClosing()) {
      trouble.failed(closed.address(), reason);
      connectScheduled = true;
      int of = generation;
      loop.schedule(
          () -> {
            if (of == generation) {
              connectScheduled = false;
              connect();
            }
          },
          pauseMillis,
          TimeUnit.MILLISECONDS);
      pauseMillis = Math.min(PAUSE_MILLIS_MAX, pauseMillis * 2);
    }
  }

  // ---- rounds

  /** The end of a pass: a round begins if something has come and none is under way. */
  void endPass() {
    if (!arrived.isEmpty() && !inRound && awaited == 0) {
      begin();
      loop.counters().confirmationRound();
      ask(needsWait);
    }
  }

  private void begin() {
    List<Upstream> next = arrived;
    arrived = marked;
    marked = next;
    inRound = true;
    reported = false;
    confirmation.begin();
    long now = loop.nowNanos();
    long window = loop.settings().hold().window().toNanos();
    long deadline = now + window;
    for (int i = 0; i < marked.size(); i++) {
      Gate gate = marked.get(i).gate();
      if (gate != null) {
        gate.mark();
        long own = gate.sinceNanos() + window;
        deadline = own - deadline < 0 ? own : deadline;
      }
    }
    // Who came while the round before this one waited in vain is not refused in the same breath.
    long least = now + window / 10;
    deadlineNanos = deadline - least < 0 ? least : deadline;
  }

  private void ask(boolean withWait) {
    Upstream to = link;
    if (to == null || !to.isReady()) {
      return;
    }
    send(to, infoCommand, INFO);
    if (withWait) {
      send(to, waitCommand, WAIT);
      send(to, infoCommand, INFO);
    }
  }

  private void askAgain() {
    Upstream to = link;
    if (inRound && awaited == 0 && to != null && to.isReady()) {
      send(to, waitCommand, WAIT);
      send(to, infoCommand, INFO);
    }
  }

  private void send(Upstream to, ByteBuf command, int number) {
    awaited++;
    to.send(command, command.readerIndex(), command.readableBytes(), this, number, 1);
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
    if (from != link) {
      return;
    }
    awaited -= count;
    // If WAIT is refused INFO alone decides: replicas report by themselves too, only later.
    if (number == INFO) {
      Answer answer = confirmation.onInfo(in, start, length);
      lastReportNanos = loop.nowNanos();
      noteReplicas();
      if (inRound) {
        answered(answer);
      }
    }
    if (awaited == 0 && !arrived.isEmpty()) {
      loop.schedulePass();
    }
    if (awaited == 0) {
      lookSoon();
    }
  }

  private void lookSoon() {
    if (!lookScheduled && looks.isEager(loop.nowNanos(), lacked, confirmation.hasEnoughAdopted())) {
      lookScheduled = true;
      loop.schedule(
          () -> {
            lookScheduled = false;
            if (lacked && awaited == 0 && isActive()) {
              ask(false);
            }
          },
          AGAIN_MILLIS,
          TimeUnit.MILLISECONDS);
    }
  }

  private void noteReplicas() {
    boolean lacks = confirmation.lacksReplicas();
    if (lacks == lacked) {
      return;
    }
    lacked = lacks;
    loop.logger()
        .info(
            "{} of the replicas that count are online; {} required",
            lacks ? "too few" : "enough",
            replicasRequired());
    if (!lacks) {
      loop.masterReady();
    }
  }

  private void answered(Answer answer) {
    boolean first = !reported;
    reported = true;
    if (answer == Answer.CONFIRMED) {
      needsWait = !first;
      confirmed();
    } else if (awaited == 0) {
      if (first && answer == Answer.NOT_YET) {
        askAgain(); // WAIT was not asked for yet
        return;
      }
      loop.counters().confirmationAgain();
      loop.schedule(this::askAgain, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void confirmed() {
    inRound = false;
    long now = loop.nowNanos();
    for (int i = 0; i < marked.size(); i++) {
      Gate gate = marked.get(i).gate();
      if (gate != null && !marked.get(i).isClosed()) {
        loop.counters().confirmed(gate.waitedNanos(now));
        gate.open();
      }
    }
    marked.clear();
  }

  private void giveUp() {
    inRound = false;
    loop.logger().warn("replies could not be confirmed within the hold window");
    for (int i = 0; i < marked.size(); i++) {
      Gate gate = marked.get(i).gate();
      if (gate != null && !marked.get(i).isClosed()) {
        gate.giveUp();
      }
    }
    marked.clear();
  }

  @Override
  public void onReplyPiece(
      Upstream from, ByteBuf in, int start, int length, int number, boolean last) {
    from.close("INFO of more than it could have");
  }

  @Override
  public void onRefused(Upstream from, Frame request, Frame error, int number) {
    onReplies(from, error.in(), error.start(), error.length(), number, 1);
  }

  @Override
  public void onLost(Upstream from, Frame request, int number, boolean sent) {
    // onClosed follows
  }

  // ---- now and then

  /** Looks after deadlines, and at the replicas, for as long as there are clients. */
  void tick() {
    if (isActive() && !ticking && !loop.isClosing()) {
      ticking = true;
      loop.schedule(this::onTick, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void onTick() {
    ticking = false;
    if (!isActive() || !loop.hasClients()) {
      return;
    }
    long now = loop.nowNanos();
    if (inRound && now - deadlineNanos >= 0) {
      giveUp();
    }
    Upstream to = link;
    boolean due = ReplicaLooks.isDue(now, lacked, confirmation.isSettled(), lastReportNanos);
    if (to != null && to.isReady() && awaited == 0 && due) {
      ask(false);
    } else if (to != null && awaited > 0 && now - lastReportNanos >= SILENT_NANOS) {
      to.close("silent with questions in flight");
    }
    tick();
  }
}
