package holdfast.health.sim;

/**
 * Guards that a test may take out, to see that the checkers miss them.
 *
 * @param leaseCheck holders look at their lease when they acknowledge
 * @param fenceWait voters remember the leases they granted, so that leaders wait for them
 * @param durableVotes what a voter persists is there after a crash
 */
record SimOptions(boolean leaseCheck, boolean fenceWait, boolean durableVotes) {
  static final SimOptions ALL_GUARDS = new SimOptions(true, true, true);
}
