package holdfast.backend.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Remembers what became of each command, as text; read it on the loop or when the link ended. */
final class RecordingSink implements ReplySink {
  private final List<String> events = new ArrayList<>();
  private final boolean takesPieces;
  private final StringBuilder pieces = new StringBuilder();
  private int pieceCount;

  RecordingSink() {
    this(false);
  }

  RecordingSink(boolean takesPieces) {
    this.takesPieces = takesPieces;
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }

  synchronized int size() {
    return events.size();
  }

  synchronized int pieceCount() {
    return pieceCount;
  }

  synchronized String pieces() {
    return pieces.toString();
  }

  private synchronized void add(String event) {
    events.add(event);
  }

  @Override
  public void onReply(Link link, ByteBuf in, int offset, int length, byte firstByte) {
    add(in.toString(offset, length, UTF_8).strip());
  }

  @Override
  public boolean takesPieces() {
    return takesPieces;
  }

  @Override
  public synchronized void onReplyPiece(
      Link link, ByteBuf in, int offset, int length, byte firstByte, boolean last) {
    pieces.append(in.toString(offset, length, UTF_8));
    pieceCount++;
    if (last) {
      add("pieces");
    }
  }

  @Override
  public void onLost(Link link, int count, CommandOutcome outcome) {
    for (int i = 0; i < count; i++) {
      add(outcome.toString());
    }
  }

  /** Sends inline-free commands, one send each, and flushes; answers what send answered last. */
  static boolean send(Link link, ReplySink sink, String... commands) {
    var result = new CompletableFuture<Boolean>();
    link.loop()
        .execute(
            () -> {
              boolean taken = true;
              for (String command : commands) {
                ByteBuf bytes = Unpooled.directBuffer();
                new holdfast.backend.resp.RespWriter(bytes, 2).command(command.split(" "));
                taken = link.send(sink, bytes, 0, bytes.writerIndex(), 1);
                bytes.release();
              }
              link.flush();
              result.complete(taken);
            });
    return result.join();
  }
}
