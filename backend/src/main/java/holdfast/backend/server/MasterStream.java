package holdfast.backend.server;

import holdfast.backend.engine.Engine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the stream of a master and passes it on, byte for byte: what was applied counts, and what
 * counts was applied. Commands of one read are passed on together; a transaction counts only with
 * its EXEC. The loop's thread only.
 */
final class MasterStream {
  private static final Logger LOG = LoggerFactory.getLogger(MasterStream.class);
  private static final int TRANSACTION_BYTES_MAX = 1 << 30;
  private static final int TRANSACTION_BYTES_KEPT = 1 << 20;

  private final ServerContext server;
  private final Engine engine;
  private final ReplicationStream stream;

  /** Bytes of a transaction of which the end has not come. */
  private ByteBuf transaction = Unpooled.buffer(0);

  private boolean inTransaction;

  /** Applied bytes not passed on yet, within the channel's buffer. */
  private @Nullable ByteBuf runBytes;

  private int runStart;
  private int runLength;
  private boolean acknowledgeNow;
  private long applyErrors;

  MasterStream(ServerContext server) {
    this.server = server;
    this.engine = server.engine();
    this.stream = server.stream();
  }

  /** Bytes that have come and do not count yet. */
  int pendingBytes() {
    return transaction.readableBytes();
  }

  /**
   * The next command; see {@link MasterChannel.Listener#command}.
   *
   * @return why the stream must not go on; null if it may
   */
  @Nullable String command(byte[][] arguments, ByteBuf bytes, int index, int length) {
    runBytes = bytes;
    String verb = verb(arguments);
    if (verb.equals("MULTI") && !inTransaction) {
      passRun();
      inTransaction = true;
    }
    String refusal = apply(verb, arguments);
    if (refusal == null && transaction.readableBytes() + length > TRANSACTION_BYTES_MAX) {
      refusal = "a transaction of more than " + TRANSACTION_BYTES_MAX + " bytes";
    }
    if (refusal != null) {
      // What came before it is applied and counts; it itself is asked for again.
      passRun();
      return refusal;
    }
    if (!inTransaction) {
      if (runLength == 0) {
        runStart = index;
      }
      runLength += length;
      return null;
    }
    // Only with its EXEC has a transaction changed anything.
    transaction.writeBytes(bytes, index, length);
    if (verb.equals("EXEC")) {
      inTransaction = false;
      stream.pass(transaction, transaction.readerIndex(), transaction.readableBytes());
      clearTransaction();
    }
    return null;
  }

  /** All commands of a read have come; whether the master wants to be told the offset. */
  boolean commandsEnd() {
    passRun();
    runBytes = null;
    boolean asked = acknowledgeNow;
    acknowledgeNow = false;
    return asked;
  }

  /** The link is gone, and with it the rest of a transaction. */
  void linkLost() {
    // What was applied counts, in whatever moment the link breaks.
    passRun();
    clearTransaction();
    inTransaction = false;
    engine.resetApply(engine.appliedDatabase());
  }

  private void clearTransaction() {
    if (transaction.capacity() > TRANSACTION_BYTES_KEPT) {
      transaction = Unpooled.buffer(0);
    } else {
      transaction.clear();
    }
  }

  private void passRun() {
    ByteBuf bytes = runBytes;
    if (runLength > 0 && bytes != null) {
      int length = runLength;
      runLength = 0;
      stream.pass(bytes, runStart, length);
    }
  }

  /** The command's name where it is one of those that matter here, else empty. */
  private static String verb(byte[][] arguments) {
    if (arguments.length == 0) {
      return "PING"; // an empty line: nothing to do
    }
    int length = arguments[0].length;
    return length == 4 || length == 5 || length == 8
        ? new String(arguments[0], StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT)
        : "";
  }

  /** Executes it; the reason if the stream must not go on. */
  private @Nullable String apply(String verb, byte[][] arguments) {
    if (verb.equals("PING")) {
      return null;
    }
    if (verb.equals("REPLCONF")) {
      if (arguments.length > 1
          && new String(arguments[1], StandardCharsets.ISO_8859_1).equalsIgnoreCase("GETACK")) {
        acknowledgeNow = true;
      }
      return null;
    }
    String error = engine.apply(arguments, server.nowMillis());
    if (error == null) {
      return null;
    }
    applyErrors++;
    if (applyErrors <= 10 || applyErrors % 1000 == 0) {
      LOG.error(
          "a command of the master's stream failed here ({} so far): {}: {}",
          applyErrors,
          new String(arguments[0], StandardCharsets.ISO_8859_1),
          error);
    }
    // To go on without it would make the data differ from the master's without anybody seeing it.
    return error.startsWith("ERR unknown ")
        ? "the stream has a command that this engine lacks: " + error
        : null;
  }

  /** Commands of the master that failed here. */
  long applyErrors() {
    return applyErrors;
  }
}
