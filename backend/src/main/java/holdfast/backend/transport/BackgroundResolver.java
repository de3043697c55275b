package holdfast.backend.transport;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Host names by the system's resolver (hosts file, search domains and all), on a virtual thread,
 * because it may block for seconds and an event loop must not. Names are asked for anew at each
 * connect; how long the JVM keeps an answer is its networkaddress.cache.ttl (30 s).
 */
final class BackgroundResolver extends AddressResolverGroup<InetSocketAddress> {
  static final BackgroundResolver SHARED = new BackgroundResolver();

  private BackgroundResolver() {}

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new Names(executor).asAddressResolver();
  }

  private static final class Names extends InetNameResolver {
    Names(EventExecutor executor) {
      super(executor);
    }

    @Override
    protected void doResolve(String name, Promise<InetAddress> answer) {
      Thread.startVirtualThread(
          () -> {
            try {
              answer.trySuccess(InetAddress.getByName(name));
            } catch (UnknownHostException e) {
              answer.tryFailure(e);
            }
          });
    }

    @Override
    protected void doResolveAll(String name, Promise<List<InetAddress>> answer) {
      Thread.startVirtualThread(
          () -> {
            try {
              answer.trySuccess(List.of(InetAddress.getAllByName(name)));
            } catch (UnknownHostException e) {
              answer.tryFailure(e);
            }
          });
    }
  }
}
