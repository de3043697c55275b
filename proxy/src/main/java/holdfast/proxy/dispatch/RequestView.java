package holdfast.proxy.dispatch;

import holdfast.backend.command.CommandFacts;
import holdfast.backend.command.CommandTable;
import holdfast.backend.command.ShortName;
import holdfast.backend.resp.RequestScanner;
import holdfast.backend.resp.RespLimits;
import holdfast.routing.command.Arguments;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandTraits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One request as it lies in a buffer, without copies. Reused for each; one thread. */
final class RequestView implements Arguments {
  private static final int SHOWN_BYTES_MAX = 128;

  private final byte[] name = new byte[CommandTable.NAME_BYTES_MAX];
  private final byte[] second = new byte[CommandTable.NAME_BYTES_MAX];
  private final RequestScanner ownScanner = new RequestScanner(RespLimits.STANDARD);
  private RequestScanner scanner = ownScanner;
  private ByteBuf in = Unpooled.EMPTY_BUFFER;
  private int start;

  /** Looks at what {@code scanner} has found complete. */
  RequestView at(ByteBuf in, int start, RequestScanner scanner) {
    this.in = in;
    this.start = start;
    this.scanner = scanner;
    return this;
  }

  /** Looks at a whole command in multibulk form. */
  RequestView at(ByteBuf in, int start, int length) {
    ownScanner.reset();
    ownScanner.scan(in, start, start + length);
    return at(in, start, ownScanner);
  }

  @Override
  public int count() {
    return scanner.argumentCount();
  }

  @Override
  public int length(int index) {
    return scanner.argumentLength(index);
  }

  @Override
  public byte byteAt(int index, int position) {
    return in.getByte(start + scanner.argumentOffset(index) + position);
  }

  /** An argument as text; not on the path of ordinary commands. */
  String text(int index) {
    return in.toString(
        start + scanner.argumentOffset(index), length(index), StandardCharsets.UTF_8);
  }

  /**
   * An argument for an error's text, as C prints it: up to a length, and to the first zero. Each
   * char is a byte, for it need not be text.
   */
  String shown(int index) {
    int start = this.start + scanner.argumentOffset(index);
    int most = Math.min(length(index), SHOWN_BYTES_MAX);
    int zero = in.indexOf(start, start + most, (byte) 0);
    return in.toString(start, zero < 0 ? most : zero - start, StandardCharsets.ISO_8859_1);
  }

  /** An argument's bytes, copied. */
  byte[] bytes(int index) {
    var bytes = new byte[length(index)];
    in.getBytes(start + scanner.argumentOffset(index), bytes);
    return bytes;
  }

  /** Adds an argument's bytes to a buffer. */
  void copy(int index, ByteBuf to) {
    to.writeBytes(in, start + scanner.argumentOffset(index), length(index));
  }

  /** The class of the command. */
  CommandTraits classify(CommandClasses classes) {
    int length = length(0);
    CommandTraits traits =
        length <= ShortName.BYTES_MAX
            ? classes.find(shortName(length), length)
            : classes.find(name, copy(0, name));
    if (traits.container() && count() > 1) {
      return classes.findSubcommand(name, copy(0, name), second, copy(1, second));
    }
    return traits;
  }

  private long shortName(int length) {
    int at = start + scanner.argumentOffset(0);
    if (in.writerIndex() - at >= Long.BYTES) {
      return ShortName.of(in.getLongLE(at), length);
    }
    return ShortName.of(name, 0, copy(0, name));
  }

  /** The facts of the command, or null. */
  @Nullable CommandFacts facts(CommandClasses classes) {
    return classes.facts(name, copy(0, name));
  }

  /** The facts of the subcommand that the first argument names, or null. */
  @Nullable CommandFacts subcommand(CommandFacts container) {
    int length = copy(1, second);
    return length > second.length ? null : container.subcommand(second, 0, length);
  }

  /** The argument's length; its bytes are copied only if they can be a name. */
  private int copy(int index, byte[] to) {
    int length = length(index);
    if (length <= to.length) {
      in.getBytes(start + scanner.argumentOffset(index), to, 0, length);
    }
    return length;
  }
}
