package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeInfo;
import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;

/** Asks a replica, on the link that reads use, whether it still is one with its master. */
final class ReplicaCheck implements ReplyTarget {
  private final ProxyLoop loop;
  private final Upstream link;

  ReplicaCheck(ProxyLoop loop, Upstream link) {
    this.loop = loop;
    this.link = link;
  }

  void ask() {
    ByteBuf out = loop.allocator().directBuffer();
    new RespWriter(out, 2).command("INFO");
    link.send(out, 0, out.readableBytes(), this, 0, 1);
    out.release();
  }

  @Override
  public void onReplies(Upstream from, ByteBuf in, int start, int length, int number, int count) {
    RespValue reply = RespReader.read(in, start, length);
    try {
      var verdict = loop.expectation().judgeReplica(NodeInfo.parse(reply.text()));
      if (!verdict.good()) {
        link.close(verdict.reason());
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      link.close("INFO that we do not understand: " + e.getMessage());
    }
  }

  @Override
  public void onReplyPiece(
      Upstream from, ByteBuf in, int start, int length, int number, boolean last) {
    link.close("INFO of more than it could have");
  }

  @Override
  public void onRefused(Upstream from, Frame request, Frame error, int number) {
    link.close("it refuses INFO");
  }

  @Override
  public void onLost(Upstream from, Frame request, int number, boolean sent) {
    // Nobody waits for it.
  }
}
