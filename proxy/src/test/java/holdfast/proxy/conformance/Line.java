package holdfast.proxy.conformance;

import holdfast.proxy.conformance.Command.Sender;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One line of the catalogue: commands to be filled in at random. Its head tells the grammar. */
final class Line {
  private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|[\\[\\](){}|]|[^ \\[\\](){}|]+");
  private static final int REPEATED_MAX = 3;

  /** One command in so many gets an argument that does not belong. */
  private static final int WRONG_WORD_ONE_IN = 16;

  /** One in so many a word too few or too many; inside MULTI that ends all, so it is rarer. */
  private static final int WRONG_COUNT_ONE_IN = 30;

  private static final int WRONG_COUNT_IN_MULTI_ONE_IN = 300;
  private static final int LOWER_CASE_ONE_IN = 10;

  private record Part(Sender sender, Check check, List<String> tokens) {}

  private final String text;
  private final boolean neverInMulti;
  private final boolean faultless;
  private final List<Part> parts = new ArrayList<>();

  Line(String text) {
    this.text = text;
    String rest = text;
    this.neverInMulti = rest.startsWith("^");
    rest = neverInMulti ? rest.substring(1) : rest;
    this.faultless = rest.startsWith("=");
    rest = faultless ? rest.substring(1) : rest;
    for (String part : rest.split(" ; ")) {
      parts.add(part(part));
    }
  }

  private static Part part(String text) {
    String rest = text;
    Sender sender =
        switch (rest.charAt(0)) {
          case '&' -> Sender.OTHER;
          case '>' -> Sender.SELF_BLOCKED;
          default -> Sender.SELF;
        };
    rest = sender == Sender.SELF ? rest : rest.substring(1);
    Check check = Check.marked(rest.charAt(0));
    rest = check == Check.EXACT ? rest : rest.substring(1);
    var tokens = new ArrayList<String>();
    for (Matcher token = TOKEN.matcher(rest); token.find(); ) {
      tokens.add(token.group());
    }
    return new Part(sender, check, tokens);
  }

  boolean neverInMulti() {
    return neverInMulti;
  }

  /** Whether its commands have to be sent one by one, because more than one client sends. */
  boolean oneByOne() {
    return parts.stream().anyMatch(part -> part.sender != Sender.SELF);
  }

  @Override
  public String toString() {
    return text;
  }

  List<Command> fill(Random random, Words words, boolean inMulti) {
    var same = new HashMap<String, String>();
    var commands = new ArrayList<Command>();
    for (Part part : parts) {
      var filled = new ArrayList<String>();
      new Filler(random, words, part.tokens, same).sequence(filled, 0, true);
      if (!faultless) {
        damage(random, words, filled, inMulti);
      }
      commands.add(new Command(List.copyOf(filled), part.check, part.sender));
    }
    return commands;
  }

  private static void damage(Random random, Words words, List<String> filled, boolean inMulti) {
    if (random.nextInt(inMulti ? WRONG_COUNT_IN_MULTI_ONE_IN : WRONG_COUNT_ONE_IN) == 0) {
      if (random.nextBoolean() && filled.size() > 1) {
        filled.removeLast();
      } else {
        filled.add("extra");
      }
    } else if (filled.size() > 1 && random.nextInt(WRONG_WORD_ONE_IN) == 0) {
      int at = 1 + random.nextInt(filled.size() - 1);
      filled.set(at, random.nextBoolean() ? words.anyKey() : words.junk());
    } else if (random.nextInt(LOWER_CASE_ONE_IN) == 0) {
      filled.set(0, filled.getFirst().toLowerCase(Locale.ROOT));
    }
  }

  private static final class Filler {
    private final Random random;
    private final Words words;
    private final List<String> tokens;
    private final Map<String, String> same;

    private Filler(Random random, Words words, List<String> tokens, Map<String, String> same) {
      this.random = random;
      this.words = words;
      this.tokens = tokens;
      this.same = same;
    }

    /** Fills tokens from {@code at} on up to a closing one or a bar; where it stopped. */
    private int sequence(List<String> into, int from, boolean wanted) {
      int at = from;
      while (at < tokens.size()) {
        String token = tokens.get(at);
        switch (token) {
          case "[" -> at = choice(into, at, wanted && random.nextInt(3) == 0);
          case "(" -> at = choice(into, at, wanted);
          case "{" -> {
            int end = at;
            for (int i = random.nextInt(REPEATED_MAX); i >= 0; i--) {
              end = sequence(into, at + 1, wanted);
            }
            at = end + 1;
          }
          case "]", ")", "}", "|" -> {
            return at;
          }
          default -> {
            if (wanted) {
              into.add(word(token));
            }
            at++;
          }
        }
      }
      return at;
    }

    private int choice(List<String> into, int open, boolean wanted) {
      int branches = 1;
      int at = sequence(new ArrayList<>(), open + 1, false);
      while (tokens.get(at).equals("|")) {
        branches++;
        at = sequence(new ArrayList<>(), at + 1, false);
      }
      int chosen = random.nextInt(branches);
      at = open;
      for (int i = 0; i < branches; i++) {
        at = sequence(into, at + 1, wanted && i == chosen);
      }
      return at + 1;
    }

    private String word(String token) {
      if (token.startsWith("\"")) {
        return token.substring(1, token.length() - 1).replace("\\n", "\n");
      }
      if (token.startsWith("<$")) {
        return "(" + word(token.substring(1));
      }
      if (token.startsWith(">$")) {
        return "[" + word(token.substring(1));
      }
      if (token.startsWith("#$")) {
        return "#" + word(token.substring(1));
      }
      if (!token.startsWith("$") || token.length() == 1) {
        return token;
      }
      String what = token.substring(1);
      return what.endsWith("*")
          ? same.computeIfAbsent(what, name -> words.draw(name.substring(0, name.length() - 1)))
          : words.draw(what);
    }
  }
}
