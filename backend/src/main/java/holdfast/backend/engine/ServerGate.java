package holdfast.backend.engine;

import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the server is at the moment, which decides what clients may do: replication and persistence
 * set it, the engine asks it before each command. The execution thread only.
 */
public final class ServerGate {
  private boolean replica;
  private boolean masterLinkUp;
  private boolean servesStaleData = true;
  private boolean loading;
  private int minReplicasToWrite;
  private IntSupplier goodReplicas = () -> 0;
  private @Nullable CommandError writeRefusal;
  private @Nullable WriteLeave leave;

  /** Says before each write of a master whether it may be. */
  public interface WriteLeave {
    /** Whether it may. Called often: a comparison. */
    boolean isGiven();

    /** Why it may not, for the client. */
    CommandError refusal();
  }

  /** Whether this is a replica: clients cannot write, expired keys wait for the master's DEL. */
  public boolean isReplica() {
    return replica;
  }

  public void replica(boolean value) {
    replica = value;
  }

  /** Whether a replica is connected and in sync (only asked when it is one). */
  public void masterLinkUp(boolean value) {
    masterLinkUp = value;
  }

  public boolean isMasterLinkUp() {
    return masterLinkUp;
  }

  /** {@code replica-serve-stale-data}. */
  public void servesStaleData(boolean value) {
    servesStaleData = value;
  }

  public boolean servesStaleData() {
    return servesStaleData;
  }

  /** Whether a data set is being loaded: most commands answer LOADING. */
  public void loading(boolean value) {
    loading = value;
  }

  public boolean isLoading() {
    return loading;
  }

  /** {@code min-replicas-to-write}: 0 turns it off. */
  public void minReplicasToWrite(int count) {
    minReplicasToWrite = count;
  }

  public int minReplicasToWrite() {
    return minReplicasToWrite;
  }

  /** How many replicas are online with a small enough lag. */
  public void goodReplicas(IntSupplier source) {
    goodReplicas = source;
  }

  /** A master that may not write (fenced, no lease) refuses with this; null: it may. */
  public void writeRefusal(@Nullable CommandError refusal) {
    writeRefusal = refusal;
  }

  /** A master that needs leave to write (a lease) asks here; null: it needs none. */
  public void writeLeave(@Nullable WriteLeave source) {
    leave = source;
  }

  boolean isWriteRefused() {
    WriteLeave source = leave;
    return writeRefusal != null || (source != null && !source.isGiven());
  }

  /** Why a client's write is refused, or null; in the order in which Redis looks. */
  @Nullable CommandError refusalOfWrite() {
    if (replica) {
      return Errors.READ_ONLY;
    }
    WriteLeave source = leave;
    if (source != null && !source.isGiven()) {
      return source.refusal();
    }
    if (minReplicasToWrite > 0 && goodReplicas.getAsInt() < minReplicasToWrite) {
      return Errors.NO_REPLICAS;
    }
    return writeRefusal;
  }

  /** Why a command that wants current data is refused, or null. */
  @Nullable CommandError refusalOfStale() {
    return replica && !masterLinkUp && !servesStaleData ? Errors.MASTER_DOWN : null;
  }
}
