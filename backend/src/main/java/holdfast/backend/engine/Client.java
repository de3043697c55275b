package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;
import org.jspecify.annotations.Nullable;

/**
 * The engine's side of one connection: who it is and what it is in the middle of. Made by {@link
 * Engine#connect}, ended by {@link Engine#disconnect}. The execution thread only.
 */
public final class Client {
  /** What stands at the other end. */
  public enum Kind {
    NORMAL,
    PUBSUB,
    REPLICA,
    MASTER
  }

  /** What CLIENT REPLY asked for. */
  enum ReplyMode {
    ON,
    OFF,
    SKIP
  }

  private final long id;
  private final Output output;
  private final String address;
  private final String localAddress;
  private final long connectedAtMillis;
  private final Transaction transaction = new Transaction();
  private final Subscriptions subscriptions = new Subscriptions();
  private long usedAtMillis;
  private int protocol = 2;
  private int database;
  private boolean authenticated;
  private byte[] name = Words.EMPTY;
  private Kind kind = Kind.NORMAL;
  private ReplyMode replyMode = ReplyMode.ON;
  private boolean skipping;
  private @Nullable RespWriter unread;
  private boolean closing;
  private boolean noEvict;
  private String lastCommand = "NULL";
  private BlockedClients.@Nullable Waiting waiting;
  private byte @Nullable [][] postponed;

  Client(long id, Output output, String address, String localAddress, long nowMillis) {
    this.id = id;
    this.output = output;
    this.address = address;
    this.localAddress = localAddress;
    this.connectedAtMillis = nowMillis;
    this.usedAtMillis = nowMillis;
  }

  /** Never given twice by one engine. */
  public long id() {
    return id;
  }

  public Output output() {
    return output;
  }

  /**
   * The writer to it, in its protocol, for one reply. After CLIENT REPLY OFF or SKIP what is
   * written goes nowhere, also if it comes late, from a command that waited.
   */
  public RespWriter out() {
    if (replyMode != ReplyMode.OFF && !skipping) {
      return output.writer(protocol);
    }
    RespWriter nowhere = unread;
    if (nowhere == null) {
      nowhere = RespWriter.scratch();
      unread = nowhere;
    }
    nowhere.rewind(0);
    nowhere.protocol(protocol);
    return nowhere;
  }

  /** As {@link #out}, for what it subscribed to: CLIENT REPLY does not hide that. */
  RespWriter push() {
    return output.writer(protocol);
  }

  /** "ip:port" of its end. */
  public String address() {
    return address;
  }

  /** "ip:port" of our end. */
  public String localAddress() {
    return localAddress;
  }

  public long connectedAtMillis() {
    return connectedAtMillis;
  }

  /** When it last sent a command, wall-clock milliseconds. */
  public long usedAtMillis() {
    return usedAtMillis;
  }

  void used(long nowMillis, String command) {
    usedAtMillis = nowMillis;
    lastCommand = command;
  }

  String lastCommand() {
    return lastCommand;
  }

  /** 2 or 3. */
  public int protocol() {
    return protocol;
  }

  void protocol(int value) {
    protocol = value;
  }

  /** The number of the database it has selected. */
  public int database() {
    return database;
  }

  public void database(int index) {
    database = index;
  }

  public boolean isAuthenticated() {
    return authenticated;
  }

  void authenticated(boolean value) {
    authenticated = value;
  }

  /** CLIENT SETNAME; empty if none. */
  public byte[] name() {
    return name;
  }

  public void name(byte[] value) {
    name = value;
  }

  public Kind kind() {
    return kind == Kind.NORMAL && subscriptions.count() > 0 ? Kind.PUBSUB : kind;
  }

  /** Makes it a replica's or the master's connection. */
  public void kind(Kind value) {
    kind = value;
  }

  public Transaction transaction() {
    return transaction;
  }

  Subscriptions subscriptions() {
    return subscriptions;
  }

  ReplyMode replyMode() {
    return replyMode;
  }

  void replyMode(ReplyMode value) {
    replyMode = value;
  }

  /** Its command begins: whether CLIENT REPLY SKIP was for this one. */
  void commandBegins() {
    if (replyMode == ReplyMode.SKIP) {
      replyMode = ReplyMode.ON;
      skipping = true;
    }
  }

  /** Its command, the wait of it included, is over. */
  void commandEnds() {
    if (!isWaiting()) {
      skipping = false;
    }
  }

  boolean isNoEvict() {
    return noEvict;
  }

  void noEvict(boolean value) {
    noEvict = value;
  }

  /** Nothing more of it is executed. */
  public boolean isClosing() {
    return closing;
  }

  void closing(boolean value) {
    closing = value;
  }

  /** Closes the connection once its replies are out. */
  public void closeAfterReply() {
    closing = true;
    output.closeAfterReply();
  }

  /** Closes the connection at once. */
  public void close() {
    closing = true;
    output.close();
  }

  /**
   * Whether its next command must wait: it is blocked, or CLIENT PAUSE holds one of its commands.
   * The shell goes on after {@link Output#resume}.
   */
  public boolean isWaiting() {
    return waiting != null || postponed != null;
  }

  BlockedClients.@Nullable Waiting waiting() {
    return waiting;
  }

  void waiting(BlockedClients.@Nullable Waiting value) {
    waiting = value;
  }

  byte @Nullable [][] postponed() {
    return postponed;
  }

  void postponed(byte @Nullable [][] args) {
    postponed = args;
  }
}
