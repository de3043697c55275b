package holdfast.backend.engine;

/** What one client has subscribed to. */
final class Subscriptions {
  private final ByteTable<Boolean> channels = new ByteTable<>();
  private final ByteTable<Boolean> patterns = new ByteTable<>();
  private final ByteTable<Boolean> shardChannels = new ByteTable<>();

  ByteTable<Boolean> channels() {
    return channels;
  }

  ByteTable<Boolean> patterns() {
    return patterns;
  }

  ByteTable<Boolean> shardChannels() {
    return shardChannels;
  }

  int count() {
    return channels.size() + patterns.size() + shardChannels.size();
  }
}
