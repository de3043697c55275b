package holdfast.backend.link;

import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Commands to a backend from any thread, with values for replies and a deadline each: for the
 * control plane. It sends on the link of a {@link ReconnectingLink} as it is; while there is none a
 * call fails at once, for whoever watches a backend wants to know.
 *
 * <p>Stages complete on the link's event loop: whatever takes time belongs in {@code thenXxxAsync}.
 * They fail with {@link LinkException} only, which says what is known of the command; an error that
 * the backend answers is a value.
 */
public final class ControlLink {
  private final ReconnectingLink target;

  public ControlLink(ReconnectingLink target) {
    this.target = target;
  }

  /** Sends one command. */
  public CompletionStage<RespValue> call(Duration deadline, String... command) {
    var result = new CompletableFuture<RespValue>();
    submit(
        new Call(1, replies -> result.complete(replies.getFirst()), result::completeExceptionally),
        deadline,
        List.of(Arrays.asList(command)));
    return result;
  }

  /**
   * Sends commands in one go, for instance a MULTI with its EXEC.
   *
   * @param deadline for all replies, from now
   * @return the replies in order, errors included
   */
  public CompletionStage<List<RespValue>> callAll(
      Duration deadline, List<? extends List<String>> commands) {
    if (commands.isEmpty()) {
      throw new IllegalArgumentException("no command");
    }
    var result = new CompletableFuture<List<RespValue>>();
    submit(
        new Call(commands.size(), result::complete, result::completeExceptionally),
        deadline,
        commands);
    return result;
  }

  private void submit(Call call, Duration deadline, List<? extends List<String>> commands) {
    try {
      target.loop().execute(() -> start(call, deadline, commands));
    } catch (RejectedExecutionException e) {
      call.fail("the event loop has ended", CommandOutcome.NEVER_SENT);
    }
  }

  private void start(Call call, Duration deadline, List<? extends List<String>> commands) {
    Link link = target.link();
    if (link == null || !link.isReady()) {
      LinkFailure failure = target.lastFailure();
      call.fail(
          failure == null ? "not connected yet" : "not connected: " + failure.message(),
          CommandOutcome.NEVER_SENT);
      return;
    }
    ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer();
    try {
      var writer = new RespWriter(bytes, 2);
      for (List<String> command : commands) {
        writer.command(command.toArray(String[]::new));
      }
      if (!link.send(call, bytes, 0, bytes.writerIndex(), commands.size())) {
        call.fail("the link's queue is full", CommandOutcome.NEVER_SENT);
        return;
      }
    } finally {
      bytes.release();
    }
    link.flush();
    call.timer =
        target
            .loop()
            .schedule(
                () ->
                    call.fail(
                        "no reply within " + deadline.toMillis() + " ms", CommandOutcome.UNKNOWN),
                deadline.toNanos(),
                TimeUnit.NANOSECONDS);
  }

  private static final class Call extends ValueSink {
    private final int count;
    private final Consumer<List<RespValue>> onReplies;
    private final Consumer<LinkException> onFailure;
    private final List<RespValue> replies = new ArrayList<>();
    private @Nullable ScheduledFuture<?> timer;

    Call(int count, Consumer<List<RespValue>> onReplies, Consumer<LinkException> onFailure) {
      this.count = count;
      this.onReplies = onReplies;
      this.onFailure = onFailure;
    }

    @Override
    void onValue(Link link, RespValue value) {
      replies.add(value);
      if (replies.size() == count) {
        cancelTimer();
        onReplies.accept(List.copyOf(replies));
      }
    }

    @Override
    public void onLost(Link link, int lost, CommandOutcome outcome) {
      fail("the link broke before the reply came", outcome);
    }

    void fail(String message, CommandOutcome outcome) {
      cancelTimer();
      onFailure.accept(new LinkException(message, outcome));
    }

    private void cancelTimer() {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }
}
