package holdfast.backend.engine;

/** What Redis answers to a name that it does not know. Source: {@code server.c}. */
final class UnknownCommand {
  private static final int SHOWN_BYTES_MAX = 128;

  private UnknownCommand() {}

  /**
   * @param isContainer the first word is a command, the second no subcommand of it
   */
  static CommandError error(byte[][] args, boolean isContainer) {
    var text = new StringBuilder();
    if (isContainer) {
      text.append("ERR unknown subcommand '").append(shown(args[1], SHOWN_BYTES_MAX));
      text.append("'. Try ").append(Words.upper(shown(args[0], Integer.MAX_VALUE)));
      text.append(" HELP.");
    } else {
      text.append("ERR unknown command '").append(shown(args[0], SHOWN_BYTES_MAX));
      text.append("', with args beginning with: ");
      int start = text.length();
      for (int i = 1; i < args.length && text.length() - start < SHOWN_BYTES_MAX; i++) {
        int room = SHOWN_BYTES_MAX - (text.length() - start);
        text.append('\'').append(shown(args[i], room)).append("' ");
      }
    }
    return new CommandError(text.toString());
  }

  /** As C prints it: up to a length, and up to the first zero byte. */
  private static String shown(byte[] bytes, int max) {
    int end = 0;
    while (end < bytes.length && end < max && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
