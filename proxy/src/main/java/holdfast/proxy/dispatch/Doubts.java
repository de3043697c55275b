package holdfast.proxy.dispatch;

import holdfast.backend.model.RunId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Broken links whose unanswered writes are to be repeated: while the process they reached lives, it
 * may still execute what their sockets hold, so they are killed there before anything is repeated
 * on that process. Of a process that is gone nothing needs to be killed. One loop's thread.
 */
final class Doubts {
  /** More than a loop has links. */
  static final int LINKS_MAX = 1024;

  private record Broken(RunId runId, long clientId) {}

  private final Deque<Broken> broken = new ArrayDeque<>();

  /** A link broke with writes to repeat; false if they cannot be: it has no id, or no place. */
  boolean add(LinkIdentity who) {
    if (who.clientId() < 0) {
      return false;
    }
    var link = new Broken(who.runId(), who.clientId());
    if (!broken.contains(link)) {
      if (broken.size() == LINKS_MAX) {
        return false;
      }
      broken.addLast(link);
    }
    return true;
  }

  /** Links to this process that must be killed first. */
  List<Long> linksAt(RunId runId) {
    var ids = new ArrayList<Long>();
    for (Broken each : broken) {
      if (each.runId.equals(runId)) {
        ids.add(each.clientId);
      }
    }
    return ids;
  }

  /** They are gone there, or the server does not let us: then nothing is repeated either. */
  void settled(RunId runId, List<Long> ids) {
    broken.removeIf(each -> each.runId.equals(runId) && ids.contains(each.clientId));
  }
}
