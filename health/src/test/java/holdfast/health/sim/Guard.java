package holdfast.health.sim;

/** What keeps the promises. A test may take one away, to see that the checkers miss it. */
enum Guard {
  /** Holders look at their lease when they acknowledge. */
  LEASE_CHECK,
  /** Voters remember the leases they granted, so that leaders wait for them. */
  FENCE_WAIT,
  /** What a voter persists is there after a crash. */
  DURABLE_VOTES,
  /** A leader has the answers of N - K backends; without it, one is made up for each other. */
  CONSULT_ENOUGH,
  /** A restarted backend shows another run id. */
  RUN_ID,
  /** A restarted backend is replica of nobody; without it, a master. */
  FENCED_START,
  /** Connections of earlier leaders are killed at a backend before it is asked or pointed. */
  STALE_LEADERS,
  /** Holders count adopted replicas only; without it, whoever is attached. */
  ADOPTED_ONLY,
  /** Reads at the master are shown once K replicas have all they show. */
  READ_COMMIT,
  /** Data belongs to the epoch whose start it has reached; without it, to the one it shows. */
  START_OFFSET,
  /** Data of unknown history does not count; without it, it counts as lowest. */
  UNKNOWN_HISTORY,
  /** Holders wait for the K of the record; without it, for one replica less. */
  K_OF_RECORD,
  /** After a change the set before it is consulted too. */
  OLD_SET,
  /** A change settles once K of the new set have all data; without it, at once. */
  SETTLED,
  /**
   * Without a record a voter lets at most half of the voters be replaced; without it, all others.
   */
  FOUNDERS,
  /** A consulted backend is cut off, so that it gets nothing after its answer. */
  CUT,
  /** An engine executes nobody's write without its own lease. */
  ENGINE_LEASE,
  /** Voters remember the leases that they granted to engines. */
  ENGINE_FENCE,
  /** An engine that tells the voters that it gave its lease up executes no write from then on. */
  ENGINE_GIVES_UP
}
