package holdfast.backend.server;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** What a client is as our replica: what it said of itself, how far it is, what waits for it. */
final class ReplicaSession {
  /** How far it is on its way to the stream. */
  enum Stage {
    /** Has only introduced itself (REPLCONF). */
    UNATTACHED,
    /** Waits for a snapshot to begin. */
    WAITING,
    /** A snapshot made for it is being written; the stream since then is kept back. */
    SENDING,
    /** All of the snapshot is on its way; the stream follows when it says it has read it. */
    LOADING,
    /** Gets the stream. */
    ONLINE
  }

  private final ClientConnection connection;
  private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>();
  private long queuedBytes;
  private Stage stage = Stage.UNATTACHED;
  private int listeningPort;
  private @Nullable String announcedAddress;
  private boolean takesStreamedSnapshot;
  private boolean speaksPsync = true;
  private long acknowledgedOffset;
  private long heardNanos;

  ReplicaSession(ClientConnection connection) {
    this.connection = connection;
  }

  ClientConnection connection() {
    return connection;
  }

  Stage stage() {
    return stage;
  }

  void stage(Stage value) {
    stage = value;
  }

  /** REPLCONF listening-port. */
  void listeningPort(int port) {
    listeningPort = port;
  }

  int listeningPort() {
    return listeningPort;
  }

  /** REPLCONF ip-address. */
  void announcedAddress(String address) {
    announcedAddress = address;
  }

  /** Where it can be reached, as far as we know. */
  String address() {
    String announced = announcedAddress;
    if (announced != null && !announced.isEmpty()) {
      return announced;
    }
    String seen = connection.client().address();
    String host = seen.substring(0, seen.lastIndexOf(':'));
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /** REPLCONF capa eof: it can read a snapshot whose length is not known when it begins. */
  void takesStreamedSnapshot(boolean value) {
    takesStreamedSnapshot = value;
  }

  boolean takesStreamedSnapshot() {
    return takesStreamedSnapshot;
  }

  /** False for the old SYNC: it expects no +FULLRESYNC line and acknowledges nothing. */
  void speaksPsync(boolean value) {
    speaksPsync = value;
  }

  boolean speaksPsync() {
    return speaksPsync;
  }

  long acknowledgedOffset() {
    return acknowledgedOffset;
  }

  /** The offset it says it has applied, or that a snapshot made for it has. */
  void acknowledgedAtLeast(long offset) {
    acknowledgedOffset = Math.max(acknowledgedOffset, offset);
  }

  /** When it last said anything. */
  long heardNanos() {
    return heardNanos;
  }

  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  /** Keeps bytes of the stream back; takes over the reference. */
  void queue(ByteBuf bytes) {
    queuedBytes += bytes.readableBytes();
    queue.add(bytes);
  }

  /** Bytes kept back. */
  long queuedBytes() {
    return queuedBytes;
  }

  /** The next piece kept back, with its reference, or null. */
  @Nullable ByteBuf poll() {
    ByteBuf next = queue.poll();
    if (next != null) {
      queuedBytes -= next.readableBytes();
    }
    return next;
  }

  /** Drops what was kept back. */
  void releaseQueue() {
    for (ByteBuf next = poll(); next != null; next = poll()) {
      next.release();
    }
  }
}
