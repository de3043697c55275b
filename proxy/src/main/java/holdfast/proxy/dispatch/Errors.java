package holdfast.proxy.dispatch;

import holdfast.proxy.dispatch.ReplyTarget.Frame;
import holdfast.routing.command.CommandTraits;
import java.time.Duration;

/** What clients are told when something fails; each begins with a word that clients know. */
final class Errors {
  static final String NO_AUTH = "NOAUTH Authentication required.";
  static final String IN_DOUBT =
      "MASTERDOWN the link to the master was lost before the reply: whether the command was"
          + " executed is unknown";
  static final String NOT_SENT_IN_FULL =
      "TRYAGAIN the link to the master was lost before the whole command was sent: never executed";
  static final String TRANSACTION_LOST =
      "TRYAGAIN the link to the master was lost and the transaction is too long to be moved:"
          + " never executed";
  static final String TRANSACTION_IN_DOUBT =
      "MASTERDOWN the link to the master was lost before EXEC was answered: whether the"
          + " transaction was executed is unknown";

  /** The code word, not a text of our own. */
  static final String NO_SCRIPT = "NOSCRIPT";

  static final String EXEC_ABORT = "EXECABORT Transaction discarded because of previous errors.";

  static final String NO_REPLICA = "TRYAGAIN no replica is fit to be read from: never executed";

  private Errors() {}

  static String noReplica(Duration window) {
    return "TRYAGAIN no replica was fit to be read from within "
        + window.toMillis()
        + " ms: never executed";
  }

  static String noMaster(Duration window) {
    return "TRYAGAIN no master within " + window.toMillis() + " ms: the command was never sent";
  }

  static String neverRun(Duration window) {
    return "TRYAGAIN no master took the command within "
        + window.toMillis()
        + " ms: it was not executed";
  }

  static String tooFewReplicas(int required, Duration window) {
    return "NOREPLICAS fewer than "
        + required
        + " replicas were online for "
        + window.toMillis()
        + " ms: the command was never sent";
  }

  /** It begins as when too few replicas are online, because that is what is the matter. */
  static String unconfirmedWrite(int required, Duration window) {
    return "NOREPLICAS executed by the master, but not confirmed by "
        + required
        + " replicas within "
        + window.toMillis()
        + " ms: it may have been applied, whether it survives a switch is unknown";
  }

  static String unconfirmedRead(int required, Duration window) {
    return "TRYAGAIN what would be shown was not confirmed by "
        + required
        + " replicas within "
        + window.toMillis()
        + " ms";
  }

  /**
   * Whether the command waits and goes out again instead of the client being shown the refusal.
   * Only where it is certain that nothing was executed: not for commands that nobody knows, and for
   * scripts and functions only if the words are the server's own. The state that they tell of does
   * not change while a script runs, so that each of its writes was refused.
   */
  static boolean waitsOut(Frame error, CommandTraits traits, boolean singleBackend) {
    String name = traits.name();
    if (name.equals("exec")) {
      return !singleBackend && Refusals.isRefusedExec(error.in(), error.start(), error.length());
    }
    if (name.startsWith("(")) {
      return false;
    }
    if ((name.startsWith("eval") || name.startsWith("fcall"))
        && !Refusals.isServersOwn(error.in(), error.start(), error.length())) {
      return false;
    }
    if (!singleBackend) {
      return true;
    }
    // Nobody will promote another: what passes by itself is waited for.
    return is(error, "LOADING") || is(error, "MASTERDOWN") || is(error, "UNBLOCKED");
  }

  static boolean is(Frame error, String word) {
    return Refusals.isError(error.in(), error.start(), error.length(), word);
  }
}
