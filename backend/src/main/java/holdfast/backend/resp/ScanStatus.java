package holdfast.backend.resp;

/** What a scanner knows of the frame in front of it. */
public enum ScanStatus {
  /** More bytes are needed; call again with the same frame start and a later end. */
  INCOMPLETE,
  /** The frame's end is known; the next call begins a new frame. */
  COMPLETE,
  /** The peer broke the protocol: nothing after this point can be framed. Close the connection. */
  INVALID
}
