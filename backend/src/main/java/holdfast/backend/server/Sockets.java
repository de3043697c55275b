package holdfast.backend.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes and closes without a future to look at: what fails to be written closes its channel, and
 * that is where it is dealt with.
 */
@SuppressWarnings("FutureReturnValueIgnored")
final class Sockets {
  private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

  private Sockets() {}

  /** Queues bytes; takes over their reference. */
  static void write(Channel channel, ByteBuf bytes) {
    channel.write(bytes, channel.voidPromise());
  }

  /** Sends bytes; takes over their reference. */
  static void send(Channel channel, ByteBuf bytes) {
    channel.writeAndFlush(bytes, channel.voidPromise());
  }

  /** Closes behind what was written. */
  static void closeBehind(Channel channel) {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** Closes at once. */
  static void close(Channel channel) {
    channel.close();
  }

  /** Calls on the loop again and again; a failure is logged and does not end it. */
  static void every(EventLoop loop, long periodMillis, Runnable action) {
    Runnable guarded =
        () -> {
          try {
            action.run();
          } catch (RuntimeException | Error e) {
            // Out of memory too: expiry, acknowledgements and the disk's second try must go on.
            LOG.error("a periodic task failed", e);
          }
        };
    loop.scheduleAtFixedRate(guarded, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
  }
}
