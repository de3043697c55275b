package holdfast.backend.model;

/** What a backend says it is. */
public enum Role {
  MASTER,
  REPLICA
}
