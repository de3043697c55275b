package holdfast.proxy.dispatch;

import holdfast.routing.command.CommandTraits;
import holdfast.routing.read.ReadPolicy;
import holdfast.routing.read.ReadRule;

/**
 * By which rule one client's reads are served: that of its listener, until the client says
 * otherwise for its connection; and what they have to show in any case. One loop's thread.
 */
final class ClientReads {
  private final ReadRule standing;
  private final boolean byClass;
  private final ReadFloor floor = new ReadFloor();
  private ReadRule rule;

  /** The client has said it: policies of commands' classes count no more. */
  private boolean isOwn;

  private int changes;

  /**
   * @param standing of the listener
   * @param byClass whether some commands have policies of their own
   */
  ClientReads(ReadRule standing, boolean byClass) {
    this.standing = standing;
    this.byClass = byClass;
    this.rule = standing;
  }

  ReadRule rule() {
    return rule;
  }

  ReadRule standing() {
    return standing;
  }

  /** From here on by this rule, whatever the command. */
  void own(ReadRule its) {
    rule = its;
    isOwn = true;
    changes++;
  }

  /** As a new connection. */
  void reset() {
    rule = standing;
    isOwn = false;
    changes++;
  }

  /** Is another whenever the rule may be another. */
  int changes() {
    return changes;
  }

  /** Whether the client has set the rule itself. */
  boolean isOwn() {
    return isOwn;
  }

  /** Whether it matters when its writes were acknowledged. */
  boolean asksWhenWritesEnd() {
    return (rule.policy() != ReadPolicy.MASTER || byClass) && floor.hasWritten();
  }

  /** Who serves this command, which is a read. */
  ReadPolicy policy(CommandTraits traits) {
    ReadPolicy its = traits.reads();
    return its == null || isOwn ? rule.policy() : its;
  }

  ReadFloor floor() {
    return floor;
  }
}
