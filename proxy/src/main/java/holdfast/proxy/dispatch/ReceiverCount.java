package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespReader;
import holdfast.backend.resp.RespValue;
import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.SubscriberSurplus;
import holdfast.proxy.session.Subscriptions.Kind;
import holdfast.routing.command.CommandTraits;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reply to PUBLISH, SPUBLISH, PUBSUB NUMSUB or SHARDNUMSUB on its way to a client: the server
 * sees one subscriber where a link serves many of this proxy, and those are added. One loop's
 * thread.
 */
final class ReceiverCount extends HandedOn {
  private static final Set<String> NAMES =
      Set.of("publish", "spublish", "pubsub|numsub", "pubsub|shardnumsub");

  private final ClientConnection client;
  private final SubscriberSurplus surplus;
  private final Kind kind;

  /** The channel that is published on; null: the reply names channels. */
  private final byte @Nullable [] channel;

  private ReceiverCount(
      ClientConnection client, SubscriberSurplus surplus, Kind kind, byte @Nullable [] channel) {
    super(client);
    this.client = client;
    this.surplus = surplus;
    this.kind = kind;
    this.channel = channel;
  }

  /** Whether the reply to a command counts subscribers. */
  static boolean isIn(CommandTraits traits) {
    return NAMES.contains(traits.name());
  }

  /** For a command whose reply counts subscribers; null for any other. */
  static @Nullable ReceiverCount of(
      CommandTraits traits, RequestView request, ClientConnection client, SubscriberSurplus more) {
    return switch (traits.name()) {
      case "publish" -> new ReceiverCount(client, more, Kind.CHANNEL, channel(request));
      case "spublish" -> new ReceiverCount(client, more, Kind.SHARD, channel(request));
      case "pubsub|numsub" -> new ReceiverCount(client, more, Kind.CHANNEL, null);
      case "pubsub|shardnumsub" -> new ReceiverCount(client, more, Kind.SHARD, null);
      default -> null;
    };
  }

  private static byte @Nullable [] channel(RequestView request) {
    return request.count() > 1 ? request.bytes(1) : null;
  }

  @Override
  public void onReplies(Upstream link, ByteBuf in, int start, int length, int number, int count) {
    if (client.isClosed() || !write(RespReader.read(in, start, length))) {
      super.onReplies(link, in, start, length, number, count);
      return;
    }
    client.waiting().answered();
    client.use().replied(link, count);
    client.replies().answerWritten(number);
    client.replies().written();
  }

  /** False: it is handed on as it is. */
  private boolean write(RespValue reply) {
    byte[] published = channel;
    if (published != null && reply instanceof RespValue.Int(long receivers)) {
      int more = kind == Kind.CHANNEL ? surplus.receivers(published) : surplus.of(kind, published);
      client.replies().writer().integer(receivers + more);
      return true;
    }
    return reply instanceof RespValue.Array(List<RespValue> list) && writeList(list);
  }

  private boolean writeList(List<RespValue> list) {
    RespWriter out = client.replies().writer();
    out.array(list.size());
    for (int i = 0; i + 1 < list.size(); i += 2) {
      if (!(list.get(i) instanceof RespValue.Bulk(byte[] name))
          || !(list.get(i + 1) instanceof RespValue.Int(long seen))) {
        return false;
      }
      out.bulk(name).integer(seen + surplus.of(kind, name));
    }
    return true;
  }
}
