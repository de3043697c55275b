package holdfast.proxy.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import holdfast.backend.model.NodeAddress;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class LinkTroubleTest {
  private static final NodeAddress HERE = new NodeAddress("10.0.0.1", 6379);
  private static final NodeAddress THERE = new NodeAddress("10.0.0.2", 6379);

  private final List<String> said = new ArrayList<>();
  private final LinkTrouble trouble = new LinkTrouble(infoTo(said), "link");

  /** Keeps the last argument of each message of level info. */
  private static Logger infoTo(List<String> lines) {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (_, method, arguments) -> {
              if (method.getName().equals("info")) {
                lines.add(String.valueOf(arguments[arguments.length - 1]));
              }
              return null;
            });
  }

  @Test
  void saysWhyALinkFailsOnceForEachCause() {
    for (int i = 0; i < 100; i++) {
      trouble.failed(HERE, "refused");
    }
    assertEquals(List.of("10.0.0.1:6379: refused"), said);
    trouble.failed(HERE, "loading");
    trouble.failed(THERE, "loading");
    trouble.failed(THERE, "loading");
    assertEquals(
        List.of("10.0.0.1:6379: refused", "10.0.0.1:6379: loading", "10.0.0.2:6379: loading"),
        said);
  }

  @Test
  void saysItAgainWhenTheLinkWasThereInBetween() {
    trouble.failed(HERE, "refused");
    trouble.over();
    trouble.failed(HERE, "refused");
    assertEquals(2, said.size());
  }
}
