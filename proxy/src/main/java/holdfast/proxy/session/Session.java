package holdfast.proxy.session;

import org.jspecify.annotations.Nullable;

/**
 * The settings of one client's connection that Redis keeps per connection and the proxy must keep
 * for it, because its commands travel on links that others share. Mutable; the client's loop alone
 * writes, {@code CLIENT LIST} may read a stale value from another.
 */
public final class Session {
  /** Whom a connection begins as. */
  public static final String DEFAULT_USER = "default";

  private final long id;
  private final String address;
  private final long createdNanos;
  private volatile int database;
  private volatile int protocol = 2;
  private volatile String user = DEFAULT_USER;
  private volatile String name = "";
  private volatile String libraryName = "";
  private volatile String libraryVersion = "";
  private volatile boolean noEvict;
  private volatile int channels;
  private volatile int patterns;
  private volatile int shardChannels;
  private volatile String tracking = "";
  private volatile long redirect = -1;

  /** Plain, because it is written with each read: another loop may see it late. */
  private long lastReadNanos;

  private boolean authenticated;
  private boolean repliesOff;
  private boolean skipNextReply;

  /**
   * A new connection.
   *
   * @param id unique in this process
   * @param address of the peer, host:port
   * @param authenticated whether no password is asked for
   */
  public Session(long id, String address, boolean authenticated, long nowNanos) {
    this.id = id;
    this.address = address;
    this.authenticated = authenticated;
    this.createdNanos = nowNanos;
    this.lastReadNanos = nowNanos;
  }

  public long id() {
    return id;
  }

  /** The peer's host:port. */
  public String address() {
    return address;
  }

  public long createdNanos() {
    return createdNanos;
  }

  /** When it was last read from. */
  public long lastReadNanos() {
    return lastReadNanos;
  }

  public void readAt(long nowNanos) {
    lastReadNanos = nowNanos;
  }

  /** The database that SELECT chose. */
  public int database() {
    return database;
  }

  public void database(int value) {
    database = value;
  }

  /** 2 or 3. */
  public int protocol() {
    return protocol;
  }

  public void protocol(int value) {
    protocol = value;
  }

  /** CLIENT SETNAME; empty for none. */
  public String name() {
    return name;
  }

  public void name(String value) {
    name = value;
  }

  /** CLIENT SETINFO LIB-NAME. */
  public String libraryName() {
    return libraryName;
  }

  /** CLIENT SETINFO LIB-VER. */
  public String libraryVersion() {
    return libraryVersion;
  }

  /** CLIENT SETINFO; null leaves a part as it is. */
  public void library(@Nullable String libraryName, @Nullable String libraryVersion) {
    if (libraryName != null) {
      this.libraryName = libraryName;
    }
    if (libraryVersion != null) {
      this.libraryVersion = libraryVersion;
    }
  }

  /** CLIENT NO-EVICT. */
  public boolean noEvict() {
    return noEvict;
  }

  public void noEvict(boolean value) {
    noEvict = value;
  }

  /** Channels subscribed to. */
  public int channels() {
    return channels;
  }

  /** Patterns subscribed to. */
  public int patterns() {
    return patterns;
  }

  /** Shard channels subscribed to. */
  public int shardChannels() {
    return shardChannels;
  }

  /** How many it is subscribed to. */
  public void subscribed(Subscriptions to) {
    channels = to.size(Subscriptions.Kind.CHANNEL);
    patterns = to.size(Subscriptions.Kind.PATTERN);
    shardChannels = to.size(Subscriptions.Kind.SHARD);
  }

  /** The letters of client tracking in CLIENT LIST; empty while it is off. */
  public String tracking() {
    return tracking;
  }

  /** Who gets its messages: 0 for the client itself, -1 for nobody. */
  public long redirect() {
    return redirect;
  }

  /** What of client tracking others may see. */
  public void tracking(String letters, long redirect) {
    tracking = letters;
    this.redirect = redirect;
  }

  /** Whom it has logged in as. */
  public String user() {
    return user;
  }

  public void user(String value) {
    user = value;
  }

  public boolean authenticated() {
    return authenticated;
  }

  public void authenticated(boolean value) {
    authenticated = value;
  }

  /** CLIENT REPLY OFF. */
  public boolean repliesOff() {
    return repliesOff;
  }

  public void repliesOff(boolean value) {
    repliesOff = value;
    skipNextReply = false;
  }

  /** CLIENT REPLY SKIP: the next command gets no reply. */
  public void skipNextReply() {
    skipNextReply = true;
  }

  /** Whether the next command gets no reply. */
  public boolean skipsNextReply() {
    return skipNextReply;
  }

  /** That command was taken. */
  public void skipped() {
    skipNextReply = false;
  }

  /** RESET: as new, but for the id; a password is asked for again if there is one. */
  public void reset(boolean authenticated) {
    database = 0;
    protocol = 2;
    user = DEFAULT_USER;
    name = "";
    noEvict = false;
    repliesOff = false;
    skipNextReply = false;
    this.authenticated = authenticated;
  }
}
