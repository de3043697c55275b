package holdfast.backend.link;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import io.netty.buffer.ByteBuf;

/** Takes replies as values: for what is not on the path of a client's command. */
abstract class ValueSink implements ReplySink {
  /** The next reply. */
  abstract void onValue(Link link, RespValue value);

  @Override
  public final void onReply(Link link, ByteBuf in, int offset, int length, byte firstByte) {
    onValue(link, RespReader.read(in, offset, length));
  }
}
