package holdfast.routing.read;

/** What becomes of a read that no replica is fit to serve. */
public enum Otherwise {
  /** The master serves it. */
  MASTER,
  /** It waits for a replica, as long as the hold window allows. */
  WAIT,
  /** It is answered with an error at once. */
  ERROR
}
