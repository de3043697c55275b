package holdfast.backend.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * {@code HOLDFAST.ONCE key field number command...}: executes a command and keeps its reply, as it
 * is written, in that field of a hash, in the same step. Asked again under the same number it
 * answers what is kept and executes nothing. Commands that block, or that a script could not run,
 * are refused.
 */
final class OnceCommand {
  static final String NAME = "holdfast.once";

  /** A longer reply is not kept: only that the command was executed. */
  static final int REPLY_BYTES_MAX = 16 * 1024;

  static final String NOT_KEPT =
      "MASTERDOWN the command was executed, but its reply was lost with the link to the master and"
          + " too long to be kept";

  private static final int COMMAND_AT = 4;
  private static final byte[] HSET = Words.bytes("HSET");

  private OnceCommand() {}

  static void register(Engine engine) {
    engine.register(NAME, OnceCommand::run);
  }

  private static void run(Call call) {
    byte[] number = call.arg(3);
    byte[] kept = kept(call, number);
    if (kept != null) {
      if (kept.length == 0) {
        throw new CommandError(NOT_KEPT);
      }
      call.out().raw(kept);
      return;
    }
    int mark = call.out().position();
    call.engine().runWithin(call, Arrays.copyOfRange(call.args(), COMMAND_AT, call.count()));
    byte[] reply = call.out().written(mark);
    keep(call, number, reply.length > REPLY_BYTES_MAX ? Words.EMPTY : reply);
    call.out().rewind(mark);
    call.out().raw(reply);
  }

  /** The reply that is kept under this number; empty if it was too long; null if there is none. */
  private static byte @Nullable [] kept(Call call, byte[] number) {
    HashValue hash = call.get(call.arg(1), HashValue.class);
    byte[] value = hash == null ? null : hash.get(call.arg(2));
    if (value == null
        || value.length <= number.length
        || value[number.length] != ' '
        || !Arrays.equals(value, 0, number.length, number, 0, number.length)) {
      return null;
    }
    return Arrays.copyOfRange(value, number.length + 1, value.length);
  }

  private static void keep(Call call, byte[] number, byte[] reply) {
    byte[] value = Arrays.copyOf(number, number.length + 1 + reply.length);
    value[number.length] = ' ';
    System.arraycopy(reply, 0, value, number.length + 1, reply.length);
    call.engine().runWithin(call, new byte[][] {HSET, call.arg(1), call.arg(2), value});
  }
}
