package holdfast.backend.link;

/**
 * Which commands are certainly not on the wire: a queue of (commands, bytes), one entry for each
 * time something was given to the link, from which what the socket has taken is removed.
 *
 * <p>An entry of which one byte was taken counts as sent: its first command may be whole. One
 * thread; grows to the most it ever held, allocates nothing after that.
 */
final class UnsentRing {
  private int[] commands = new int[16];
  private int[] bytes = new int[16];
  private int head;
  private int size;
  private long bytesUnsent;

  /** Bytes of the first entry that the socket has taken. */
  private int headBytesSent;

  private int commandsUnsent;

  /** {@code count} commands of {@code length} bytes in all were given to the link. */
  void add(int count, int length) {
    if (size == commands.length) {
      grow();
    }
    int at = (head + size) & (commands.length - 1);
    commands[at] = count;
    bytes[at] = length;
    size++;
    bytesUnsent += length;
    commandsUnsent += count;
  }

  private void grow() {
    int length = commands.length;
    var grownCommands = new int[2 * length];
    var grownBytes = new int[2 * length];
    for (int i = 0; i < size; i++) {
      int at = (head + i) & (length - 1);
      grownCommands[i] = commands[at];
      grownBytes[i] = bytes[at];
    }
    commands = grownCommands;
    bytes = grownBytes;
    head = 0;
  }

  /** The socket has taken the next {@code count} bytes. */
  void sent(long count) {
    if (count > bytesUnsent) {
      throw new IllegalArgumentException(count + " bytes sent of " + bytesUnsent);
    }
    bytesUnsent -= count;
    if (bytesUnsent == 0) {
      head = 0;
      size = 0;
      headBytesSent = 0;
      commandsUnsent = 0;
      return;
    }
    long left = count;
    while (left > 0) {
      int rest = bytes[head] - headBytesSent;
      if (headBytesSent == 0) {
        commandsUnsent -= commands[head];
      }
      if (left < rest) {
        headBytesSent += (int) left;
        return;
      }
      left -= rest;
      headBytesSent = 0;
      head = (head + 1) & (commands.length - 1);
      size--;
    }
  }

  /** Bytes that the socket has not taken. */
  long bytes() {
    return bytesUnsent;
  }

  /** The last commands, of which certainly no byte was taken. */
  int commands() {
    return commandsUnsent;
  }
}
