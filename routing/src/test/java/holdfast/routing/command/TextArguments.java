package holdfast.routing.command;

import java.nio.charset.StandardCharsets;

/** A request written as people write it. */
public record TextArguments(byte[]... words) implements Arguments {
  public static TextArguments of(String line) {
    String[] words = line.split(" ");
    var bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i].getBytes(StandardCharsets.UTF_8);
    }
    return new TextArguments(bytes);
  }

  @Override
  public int count() {
    return words.length;
  }

  @Override
  public int length(int index) {
    return words[index].length;
  }

  @Override
  public byte byteAt(int index, int position) {
    return words[index][position];
  }
}
