package holdfast.backend.command;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one command or subcommand. Immutable once its table is built; any thread.
 * Source: the {@code COMMAND} reply of Redis 7.
 */
public final class CommandFacts {
  private final String name;
  private final byte[] nameBytes;
  private final int arity;
  private final List<String> flags;
  private final int flagBits;
  private final int firstKey;
  private final int lastKey;
  private final int keyStep;
  private final List<String> aclCategories;
  private final List<String> tips;
  private final List<KeySpec> keySpecs;
  private final @Nullable CommandFacts parent;
  private final NameTable<CommandFacts> subcommands = new NameTable<>();
  private int index = -1;

  /**
   * @param name in lower case; a subcommand with its container: "client|id"
   * @param arity number of arguments with the name, negative: at least so many
   * @param flags as the server names them
   * @param firstKey first, last, step of the old key positions; 0 where there are none
   * @param parent the container of a subcommand, else null
   */
  @SuppressWarnings("TooManyParameters") // the reply has as many fields
  CommandFacts(
      String name,
      int arity,
      List<String> flags,
      int firstKey,
      int lastKey,
      int keyStep,
      List<String> aclCategories,
      List<String> tips,
      List<KeySpec> keySpecs,
      @Nullable CommandFacts parent) {
    this.name = name;
    this.nameBytes = name.getBytes(StandardCharsets.UTF_8);
    this.arity = arity;
    this.flags = List.copyOf(flags);
    this.firstKey = firstKey;
    this.lastKey = lastKey;
    this.keyStep = keyStep;
    this.aclCategories = List.copyOf(aclCategories);
    this.tips = List.copyOf(tips);
    this.keySpecs = List.copyOf(keySpecs);
    this.parent = parent;
    int bits = 0;
    for (String flag : flags) {
      CommandFlag known = CommandFlag.of(flag);
      bits |= known == null ? 0 : known.bit();
    }
    this.flagBits = bits;
  }

  void addSubcommand(CommandFacts subcommand) {
    subcommands.put(subcommand.ownName(), subcommand);
  }

  void index(int value) {
    index = value;
  }

  /** "get", "client|id". */
  public String name() {
    return name;
  }

  /** {@link #name()} in bytes; not to be changed. */
  public byte[] nameBytes() {
    return nameBytes;
  }

  /** Without the container: "id". */
  public String ownName() {
    return name.substring(name.indexOf('|') + 1);
  }

  /** A dense number of this command in its table, subcommands included: for arrays beside it. */
  public int index() {
    return index;
  }

  /** Arguments with the name; negative: at least so many. */
  public int arity() {
    return arity;
  }

  /** Whether so many arguments (the name counted) are right. */
  public boolean acceptsArguments(int count) {
    return arity >= 0 ? count == arity : count >= -arity;
  }

  public boolean has(CommandFlag flag) {
    return (flagBits & flag.bit()) != 0;
  }

  /** As the server names them, in its order. */
  public List<String> flags() {
    return flags;
  }

  public int firstKey() {
    return firstKey;
  }

  public int lastKey() {
    return lastKey;
  }

  public int keyStep() {
    return keyStep;
  }

  /** With their "@". */
  public List<String> aclCategories() {
    return aclCategories;
  }

  public List<String> tips() {
    return tips;
  }

  public List<KeySpec> keySpecs() {
    return keySpecs;
  }

  /** The container of a subcommand, else null. */
  public @Nullable CommandFacts parent() {
    return parent;
  }

  public boolean hasSubcommands() {
    return subcommands.size() > 0;
  }

  public Collection<CommandFacts> subcommands() {
    return subcommands.values();
  }

  /** The subcommand of this name in any case, or null. */
  public @Nullable CommandFacts subcommand(byte[] source, int offset, int length) {
    return subcommands.get(source, offset, length);
  }

  /**
   * Where the keys stand in a request, by the key specifications.
   *
   * @return argument positions in order of the specifications, or null when the arguments do not
   *     fit them (a number of keys that is none, or too large)
   */
  public int @Nullable [] keyPositions(byte[][] arguments) {
    var found = new ArrayList<KeyPositions.Found>();
    if (!KeyPositions.find(this, arguments, found)) {
      return null;
    }
    int[] positions = new int[found.size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = found.get(i).at();
    }
    return positions;
  }

  @Override
  public String toString() {
    return name;
  }
}
