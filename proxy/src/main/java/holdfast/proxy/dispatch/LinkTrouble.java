package holdfast.proxy.dispatch;

import holdfast.backend.model.NodeAddress;
import org.slf4j.Logger;

/**
 * Says why a link fails, once for each cause: while a master is away it is tried again and again,
 * on each loop. One loop's thread.
 */
final class LinkTrouble {
  private final Logger logger;
  private final String what;
  private String said = "";

  LinkTrouble(Logger logger, String what) {
    this.logger = logger;
    this.what = what;
  }

  void failed(NodeAddress address, String reason) {
    String text = address + ": " + reason;
    if (text.equals(said)) {
      logger.debug("{} {} again", what, text);
    } else {
      said = text;
      logger.info("{} {}", what, text);
    }
  }

  /** The link is there: the next failure is another one. */
  void over() {
    said = "";
  }
}
