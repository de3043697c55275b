package holdfast.backend.link;

import holdfast.backend.resp.RespValue;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The life of one link. Called on its event loop. */
public interface LinkListener {
  /**
   * The backend took us; the link is not yet in use. A last chance to look at whom we got.
   *
   * @param setupReplies to {@link Login#setupCommands}, in order
   * @return null to use the link, or why not: it is closed then
   */
  default @Nullable String onHandshake(Link link, List<RespValue> setupReplies) {
    return null;
  }

  /** Commands may be sent from now on. */
  void onReady(Link link);

  /**
   * The link has ended, or never came about; called once, after the sinks got their {@link
   * ReplySink#onLost}.
   */
  void onClosed(Link link, LinkFailure failure);

  /** There is room again, after {@link Link#isWritable} or {@link Link#send} said no. */
  default void onWritable(Link link) {}

  /** All that came in one go has been delivered: the time to flush what was made of it. */
  default void onRepliesDelivered(Link link) {}

  /** A RESP3 push: nobody's reply. The bytes are valid during the call only. */
  default void onPush(Link link, ByteBuf in, int offset, int length) {}
}
