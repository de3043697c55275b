package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import io.netty.buffer.ByteBuf;

/** INFO: what the master says, and a section of our own behind it. */
final class InfoReply extends HandedOn {
  private final ProxyLoop loop;
  private final ClientConnection client;

  InfoReply(ProxyLoop loop, ClientConnection client) {
    super(client);
    this.loop = loop;
    this.client = client;
  }

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    RespValue reply = RespReader.read(in, start, length);
    if (reply.isError() || reply.isNil()) {
      super.onReplies(link, in, start, length, number, count);
      return;
    }
    var text = new StringBuilder(reply.text());
    if (!text.isEmpty()) {
      text.append("\r\n");
    }
    text.append("# Holdfast\r\n");
    for (String line : loop.status().lines()) {
      text.append(line).append("\r\n");
    }
    RespWriter writer = client.replies().writer();
    if (client.session().protocol() == 3) {
      writer.verbatim("txt", text.toString());
    } else {
      writer.bulk(text.toString());
    }
    client.replies().answerWritten(number);
    client.replies().written();
  }
}
