package holdfast.proxy.dispatch;

import holdfast.backend.model.RunId;

/**
 * Whom a link reaches, and what it is called there.
 *
 * @param runId the process at the other end
 * @param clientId what {@code CLIENT KILL ID} names it by
 */
record LinkIdentity(RunId runId, long clientId) {}
