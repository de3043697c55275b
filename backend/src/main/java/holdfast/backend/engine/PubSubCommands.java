package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** SUBSCRIBE, PUBLISH and their kin. Source: Redis {@code pubsub.c}. */
final class PubSubCommands {
  /** The three ways to listen: channels, patterns, and channels of a shard. */
  private enum Kind {
    CHANNEL("subscribe"),
    PATTERN("psubscribe"),
    SHARD("ssubscribe");

    private final String begin;
    private final String end;

    Kind(String begin) {
      this.begin = begin;
      this.end = begin.replace("subscribe", "unsubscribe");
    }

    ByteTable<Set<Client>> listeners(Engine engine) {
      PubSub pubSub = engine.pubSub();
      return switch (this) {
        case CHANNEL -> pubSub.channels();
        case PATTERN -> pubSub.patterns();
        case SHARD -> pubSub.shardChannels();
      };
    }

    ByteTable<Boolean> own(Client client) {
      Subscriptions subscriptions = client.subscriptions();
      return switch (this) {
        case CHANNEL -> subscriptions.channels();
        case PATTERN -> subscriptions.patterns();
        case SHARD -> subscriptions.shardChannels();
      };
    }

    /** What the client is told it has: channels and patterns together, shard channels apart. */
    int count(Client client) {
      Subscriptions own = client.subscriptions();
      return this == SHARD
          ? own.shardChannels().size()
          : own.channels().size() + own.patterns().size();
    }
  }

  private PubSubCommands() {}

  static void register(Engine engine) {
    for (Kind kind : Kind.values()) {
      engine.register(kind.begin, call -> subscribe(call, kind));
      engine.register(kind.end, call -> unsubscribe(call, kind));
    }
    engine.register("publish", PubSubCommands::publish);
    engine.register("spublish", PubSubCommands::shardPublish);
    engine.register("pubsub|channels", call -> channels(call, Kind.CHANNEL));
    engine.register("pubsub|shardchannels", call -> channels(call, Kind.SHARD));
    engine.register("pubsub|numsub", call -> counts(call, Kind.CHANNEL));
    engine.register("pubsub|shardnumsub", call -> counts(call, Kind.SHARD));
    engine.register(
        "pubsub|numpat", call -> call.out().integer(call.engine().pubSub().patterns().size()));
    engine.register(
        "pubsub|help",
        call ->
            Help.write(
                call,
                "CHANNELS [<pattern>]",
                "    Return the currently active channels matching a <pattern> (default: '*').",
                "NUMPAT",
                "    Return number of subscriptions to patterns.",
                "NUMSUB [<channel> ...]",
                "    Return the number of subscribers for the specified channels, excluding",
                "    pattern subscriptions(default: no channels).",
                "SHARDCHANNELS [<pattern>]",
                "    Return the currently active shard level channels matching a <pattern>"
                    + " (default: '*').",
                "SHARDNUMSUB [<shardchannel> ...]",
                "    Return the number of subscribers for the specified shard level channel(s)"));
  }

  private static void subscribe(Call call, Kind kind) {
    Client client = call.client();
    for (int i = 1; i < call.count(); i++) {
      byte[] channel = call.arg(i);
      PubSub.add(kind.listeners(call.engine()), kind.own(client), channel, client);
      confirm(call, kind.begin, channel, kind.count(client));
    }
  }

  private static void unsubscribe(Call call, Kind kind) {
    Client client = call.client();
    List<byte[]> channels = new ArrayList<>();
    if (call.count() > 1) {
      channels.addAll(List.of(call.args()).subList(1, call.count()));
    } else {
      kind.own(client).forEach(entry -> channels.add(entry.key()));
    }
    for (byte[] channel : channels) {
      PubSub.remove(kind.listeners(call.engine()), kind.own(client), channel, client);
      confirm(call, kind.end, channel, kind.count(client));
    }
    if (channels.isEmpty()) {
      confirm(call, kind.end, null, kind.count(client));
    }
  }

  private static void confirm(Call call, String what, byte @Nullable [] channel, int count) {
    RespWriter out = call.client().push().push(3).bulk(what);
    if (channel == null) {
      out.nil();
    } else {
      out.bulk(channel);
    }
    out.integer(count);
  }

  /** RESET: listens to nothing any more, and is not told. */
  static void leaveAll(Engine engine, Client client) {
    engine.pubSub().disconnected(client);
  }

  private static void publish(Call call) {
    byte[] channel = call.arg(1);
    byte[] message = call.arg(2);
    PubSub pubSub = call.engine().pubSub();
    int receivers = 0;
    Set<Client> listeners = pubSub.channels().get(channel);
    if (listeners != null) {
      for (Client client : listeners) {
        client.push().push(3).bulk("message").bulk(channel).bulk(message);
        receivers++;
      }
    }
    for (ByteTable.Entry<Set<Client>> entry : pubSub.patterns()) {
      if (Glob.matches(entry.key(), channel)) {
        for (Client client : entry.value()) {
          client.push().push(4).bulk("pmessage").bulk(entry.key()).bulk(channel).bulk(message);
          receivers++;
        }
      }
    }
    propagate(call);
    call.out().integer(receivers);
  }

  /** Replicas have subscribers too; but a stream that may not grow does not grow by messages. */
  private static void propagate(Call call) {
    if (!call.engine().gate().isWriteRefused()) {
      call.propagate(call.args());
    }
  }

  private static void shardPublish(Call call) {
    int receivers = 0;
    Set<Client> listeners = call.engine().pubSub().shardChannels().get(call.arg(1));
    if (listeners != null) {
      for (Client client : listeners) {
        client.push().push(3).bulk("smessage").bulk(call.arg(1)).bulk(call.arg(2));
        receivers++;
      }
    }
    propagate(call);
    call.out().integer(receivers);
  }

  private static void channels(Call call, Kind kind) {
    if (call.count() > 3) {
      throw Help.syntax(call);
    }
    var found = new ArrayList<byte[]>();
    for (ByteTable.Entry<Set<Client>> entry : kind.listeners(call.engine())) {
      if (call.count() == 2 || Glob.matches(call.arg(2), entry.key())) {
        found.add(entry.key());
      }
    }
    Replies.bulks(call.out(), found);
  }

  private static void counts(Call call, Kind kind) {
    call.out().array((call.count() - 2) * 2);
    for (int i = 2; i < call.count(); i++) {
      Set<Client> listeners = kind.listeners(call.engine()).get(call.arg(i));
      call.out().bulk(call.arg(i)).integer(listeners == null ? 0 : listeners.size());
    }
  }
}
