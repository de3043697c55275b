package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SnapshotCutTest {
  private final Engine engine =
      new Engine(
          new EngineSettings(3, "", "0".repeat(40), 1, new Random(1)), Propagation.NONE, Host.NONE);
  private final Keyspace keyspace = engine.keyspace();
  private final Random random = new Random(42);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String show(Value value) {
    var text = new StringBuilder();
    ((ListValue) value)
        .iterator()
        .forEachRemaining(e -> text.append(new String(e, StandardCharsets.US_ASCII)).append(','));
    return text + "@" + value.expireAtMillis();
  }

  private Map<String, String> contents() {
    var all = new TreeMap<String, String>();
    for (Database database : keyspace.databases()) {
      for (var entry : database.entries()) {
        all.put(
            database.index() + ":" + new String(entry.key(), StandardCharsets.US_ASCII),
            show(entry.value()));
      }
    }
    return all;
  }

  /** One change as commands make them. */
  private void change() {
    Database database = keyspace.database(random.nextInt(3));
    byte[] key = bytes("k" + random.nextInt(200));
    switch (random.nextInt(100)) {
      case 0 -> database.clear();
      case 1 -> database.swap(keyspace.database(random.nextInt(3)));
      case 2, 3, 4, 5, 6, 7 -> database.remove(key);
      case 8, 9, 10, 11 -> database.expireAt(key, 1_000_000 + random.nextInt(1000));
      case 12, 13 -> database.expireAt(key, Value.NEVER);
      case 14, 15, 16, 17 -> {
        Value taken = database.take(key);
        if (taken != null) {
          keyspace.database(random.nextInt(3)).put(bytes("k" + random.nextInt(200)), taken);
        }
      }
      case 18, 19 -> {
        Value original = database.get(key);
        if (original != null) {
          database.put(bytes("k" + random.nextInt(200)), original.copy());
        }
      }
      case 20, 21 -> {
        ListValue replacement = new ListValue();
        replacement.addLast(bytes("r" + random.nextInt(1000)));
        database.putKeepingExpiry(key, replacement);
      }
      default -> {
        var list = (ListValue) database.get(key);
        if (list == null) {
          list = new ListValue();
          database.put(key, list);
        }
        list.addLast(bytes("e" + random.nextInt(1000)));
      }
    }
  }

  @Test
  void handsOnTheDataAsItWasWhateverHappensMeanwhile() {
    for (int round = 0; round < 200; round++) {
      for (int i = 0; i < random.nextInt(600); i++) {
        change();
      }
      Map<String, String> before = contents();
      var handed = new TreeMap<String, String>();
      SnapshotCut cut =
          keyspace.beginCut(
              (database, key, value) ->
                  assertNull(
                      handed.put(
                          database + ":" + new String(key, StandardCharsets.US_ASCII),
                          show(value))));
      do {
        for (int i = random.nextInt(8); i > 0; i--) {
          change();
        }
      } while (cut.step());
      keyspace.endCut();
      for (int i = 0; i < 20; i++) {
        change();
      }
      assertEquals(before, handed, "round " + round);
    }
  }

  @Test
  void oneAtATime() {
    keyspace.beginCut((database, key, value) -> {});
    assertThrows(
        IllegalStateException.class, () -> keyspace.beginCut((database, key, value) -> {}));
    keyspace.endCut();
    keyspace.beginCut((database, key, value) -> {});
  }

  @Test
  void replacesEverythingByWhatWasReadApart() {
    change();
    var contents = new KeyspaceContents(3, 5);
    ListValue list = new ListValue();
    list.addLast(bytes("x"));
    contents.add(2, bytes("key"), list, 77);
    keyspace.replace(contents);
    assertEquals(Map.of("2:key", "x,@77"), contents());
    assertEquals(1, keyspace.database(2).expiringSize());
  }
}
