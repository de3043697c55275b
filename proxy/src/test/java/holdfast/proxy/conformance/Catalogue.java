package holdfast.proxy.conformance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** The lines of catalogue.txt, dealt like cards: each comes up as often as any other. */
final class Catalogue {
  private static final String RESOURCE = "catalogue.txt";

  private final List<Line> lines;

  private Catalogue(List<Line> lines) {
    this.lines = List.copyOf(lines);
  }

  static Catalogue read() {
    var lines = new ArrayList<Line>();
    try (InputStream in = Catalogue.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing");
      }
      var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank() && !line.startsWith("#")) {
          lines.add(new Line(line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Catalogue(lines);
  }

  /** What is dealt to the clients of one mode. */
  Deck deck(Mode mode) {
    return new Deck(lines.stream().filter(line -> !mode.multi() || !line.neverInMulti()).toList());
  }

  /** All lines in a random order, and again. */
  static final class Deck {
    private final List<Line> lines;
    private final Deque<Line> left = new ArrayDeque<>();

    private Deck(List<Line> lines) {
      this.lines = lines;
    }

    Line next(Random random) {
      if (left.isEmpty()) {
        var shuffled = new ArrayList<>(lines);
        Collections.shuffle(shuffled, random);
        left.addAll(shuffled);
      }
      return left.remove();
    }
  }
}
