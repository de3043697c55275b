package holdfast.proxy.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/**
 * What a client may send: commands in all forms that a server takes, of which any can be broken,
 * cut off, or be no command at all. Keys are the stream's own, so that a server answers it the same
 * whatever others do.
 */
final class HostileStream {
  private static final int FRAMES_MAX = 60;
  private static final String[] HEADERS = {
    "*abc\r\n",
    "*-7\r\n",
    "*99999999999999999999\r\n",
    "*2147483648\r\n",
    "*\r\n",
    "*1 \r\n",
    "**\r\n",
    "*1\r\n*1\r\n",
    "*1\r\n:5\r\n",
    "*2\r\n$4\r\nECHO\r\n$-1\r\n",
    "*1\r\n$abc\r\n",
    "*1\r\n$-5\r\n",
    "*1\r\n$536870913\r\n",
    "*1\r\n$99999999999999999999\r\n",
    "*1\r\n$\r\n",
    "*1\r\n+PING\r\n",
    "*1\r\n\r\n",
    "$4\r\nPING\r\n",
    "+PING\r\n",
    "set a \"b\r\n",
    "set a 'b\r\n",
    "set a \"b\"c\r\n",
    "echo \"\\x4\"\r\n"
  };

  private final Random random;
  private final String own;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int frames;

  /**
   * Draws a stream.
   *
   * @param own begins each key and token
   */
  HostileStream(Random random, String own) {
    this.random = random;
    this.own = own;
    int wanted = 1 + random.nextInt(FRAMES_MAX);
    while (frames < wanted) {
      frame();
      frames++;
    }
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  /** Commands, and what stands in the place of one. */
  int frames() {
    return frames;
  }

  private void frame() {
    switch (random.nextInt(24)) {
      case 0 -> add(HEADERS[random.nextInt(HEADERS.length)].getBytes(ISO_8859_1));
      case 1 -> add(noise(1 + random.nextInt(100)));
      case 2 -> add(changed(command()));
      case 3 -> add(cut(command()));
      case 4, 5, 6 -> add(line());
      default -> add(command());
    }
  }

  private void add(byte[] frame) {
    bytes.writeBytes(frame);
  }

  private String[] words() {
    String key = own + ":" + random.nextInt(5);
    String token = own + "#" + frames;
    return switch (random.nextInt(8)) {
      case 0 -> new String[] {"ECHO", token};
      case 1 -> new String[] {"SET", key, token + "x".repeat(random.nextInt(300))};
      case 2 -> new String[] {"GET", key};
      case 3 -> new String[] {"APPEND", key, token};
      case 4 -> new String[] {"MGET", key, own + ":0", own + ":9"};
      case 5 -> new String[] {"NOSUCH", token};
      case 6 -> new String[] {"GET"};
      default -> new String[] {"PING", token};
    };
  }

  private byte[] command() {
    String[] words = words();
    var text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  private byte[] line() {
    return (String.join(random.nextBoolean() ? " " : "  ", words())
            + (random.nextBoolean() ? "\r\n" : "\n"))
        .getBytes(ISO_8859_1);
  }

  /** No letters, so that no command comes about, and no end of a line before the last byte. */
  private byte[] noise(int length) {
    var noise = new byte[length];
    for (int i = 0; i < length; i++) {
      int b = random.nextInt(256);
      boolean taken =
          Character.isLetter(b) || b == '\n' || b == '*' || b == '"' || b == '\'' || b == 0;
      noise[i] = (byte) (taken ? '?' : b);
    }
    noise[length - 1] = '\n';
    return noise;
  }

  private byte[] changed(byte[] frame) {
    // Among the headers: a byte of a value is as good as another one.
    int at = random.nextInt(Math.min(frame.length, 12));
    byte[] other = {'*', '$', '\r', '\n', '-', '0', '9', ':', ' '};
    frame[at] = other[random.nextInt(other.length)];
    return frame;
  }

  private byte[] cut(byte[] frame) {
    return java.util.Arrays.copyOf(frame, random.nextInt(frame.length));
  }
}
