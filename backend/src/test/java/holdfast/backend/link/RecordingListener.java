package holdfast.backend.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import holdfast.backend.resp.RespValue;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Remembers the life of a link. */
class RecordingListener implements LinkListener {
  final CompletableFuture<Link> ready = new CompletableFuture<>();
  final CompletableFuture<LinkFailure> closed = new CompletableFuture<>();
  final BlockingQueue<String> pushes = new LinkedBlockingQueue<>();
  final AtomicInteger writable = new AtomicInteger();
  volatile List<RespValue> setupReplies = List.of();

  @Override
  public @Nullable String onHandshake(Link link, List<RespValue> setupReplies) {
    this.setupReplies = setupReplies;
    return null;
  }

  @Override
  public void onReady(Link link) {
    ready.complete(link);
  }

  @Override
  public void onClosed(Link link, LinkFailure failure) {
    closed.complete(failure);
  }

  @Override
  public void onWritable(Link link) {
    writable.incrementAndGet();
  }

  @Override
  public void onPush(Link link, ByteBuf in, int offset, int length) {
    pushes.add(in.toString(offset, length, UTF_8));
  }
}
