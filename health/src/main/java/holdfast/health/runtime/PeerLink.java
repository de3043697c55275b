package holdfast.health.runtime;

import holdfast.backend.link.Backoff;
import holdfast.backend.link.ControlLink;
import holdfast.backend.link.Credentials;
import holdfast.backend.link.Link;
import holdfast.backend.link.LinkFailure;
import holdfast.backend.link.LinkListener;
import holdfast.backend.link.ReconnectingLink;
import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.NodeId;
import holdfast.backend.resp.RespValue;
import holdfast.health.vote.PeerMessage;
import holdfast.health.vote.PeerText;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Messages to another voter; one that cannot be sent now is lost, as the protocol allows. */
final class PeerLink implements LinkListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);
  private static final Backoff SHORT =
      new Backoff(Duration.ofMillis(20), 1.5, Duration.ofMillis(200), 0.5);

  private final NodeId self;
  private final NodeAddress peer;
  private final Duration deadline;
  private final ReconnectingLink link;
  private final ControlLink control;
  private @Nullable String lastComplaint;

  PeerLink(BackendLinks links, NodeId self, NodeAddress peer) {
    this.self = self;
    this.peer = peer;
    this.deadline = links.settings().times().downAfter();
    String secret = links.settings().secret();
    this.link =
        new ReconnectingLink(
            links.loops(),
            links.loop(),
            links.toVoter(
                peer,
                BackendLinks.WATCHING + self.value(),
                secret == null ? null : new Credentials(null, secret)),
            SHORT,
            links.ticker(),
            links.random(),
            this);
    this.control = new ControlLink(link);
    link.start();
  }

  void send(PeerMessage message) {
    tell(PeerText.write(self, message).toArray(String[]::new));
  }

  /** A command whose answer does not matter. */
  void tell(String... command) {
    if (link.link() == null) {
      return;
    }
    control
        .call(deadline, command)
        .whenComplete(
            (reply, failure) -> {
              if (reply instanceof RespValue.Failure error) {
                complain(error.message());
              }
            });
  }

  private void complain(String text) {
    if (!text.equals(lastComplaint)) {
      lastComplaint = text;
      LOG.warn("voter {}: {}", peer, text);
    }
  }

  @Override
  public void onReady(Link ready) {
    lastComplaint = null;
  }

  @Override
  public void onClosed(Link closed, LinkFailure failure) {
    if (failure.kind() == LinkFailure.Kind.HANDSHAKE) {
      complain(failure.message());
    }
  }

  @Override
  public void close() {
    link.close();
  }
}
