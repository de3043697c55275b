package holdfast.backend.replication;

/**
 * What a replica asks for.
 *
 * @param id of the stream it followed; "?" asks for a snapshot
 * @param offset number of the first byte it lacks
 */
public record PsyncRequest(String id, long offset) {}
