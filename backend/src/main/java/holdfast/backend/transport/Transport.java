package holdfast.backend.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * The way to the kernel. Everything above this package sees channels and event loops only, so that
 * another way can be added here.
 */
public enum Transport {
  /** Linux epoll through Netty's native library: the default where it loads. */
  EPOLL {
    @Override
    public boolean isAvailable() {
      return Epoll.isAvailable();
    }

    @Override
    IoHandlerFactory newIoHandlers() {
      return EpollIoHandler.newFactory();
    }

    @Override
    SocketChannel newSocket() {
      return new EpollSocketChannel();
    }

    @Override
    ServerSocketChannel newServerSocket() {
      return new EpollServerSocketChannel();
    }

    @Override
    ServerChannel newUnixServerSocket() {
      return new EpollServerDomainSocketChannel();
    }

    @Override
    SocketAddress unixAddress(Path path) {
      return new DomainSocketAddress(path.toFile());
    }
  },

  /** Linux io_uring through Netty's native library; by choice only, see {@link #best}. */
  IO_URING {
    @Override
    public boolean isAvailable() {
      return IoUring.isAvailable();
    }

    @Override
    IoHandlerFactory newIoHandlers() {
      return IoUringIoHandler.newFactory();
    }

    @Override
    SocketChannel newSocket() {
      return new IoUringSocketChannel();
    }

    @Override
    ServerSocketChannel newServerSocket() {
      return new IoUringServerSocketChannel();
    }

    @Override
    ServerChannel newUnixServerSocket() {
      return new IoUringServerDomainSocketChannel();
    }

    @Override
    SocketAddress unixAddress(Path path) {
      return new DomainSocketAddress(path.toFile());
    }
  },

  /** The JDK's selectors: everywhere, without TCP_USER_TIMEOUT. */
  NIO {
    @Override
    public boolean isAvailable() {
      return true;
    }

    @Override
    IoHandlerFactory newIoHandlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    SocketChannel newSocket() {
      return new NioSocketChannel();
    }

    @Override
    ServerSocketChannel newServerSocket() {
      return new NioServerSocketChannel();
    }

    @Override
    ServerChannel newUnixServerSocket() {
      return new NioServerDomainSocketChannel();
    }

    @Override
    SocketAddress unixAddress(Path path) {
      return UnixDomainSocketAddress.of(path);
    }
  };

  /** Whether it works on this machine. */
  public abstract boolean isAvailable();

  abstract IoHandlerFactory newIoHandlers();

  abstract SocketChannel newSocket();

  abstract ServerSocketChannel newServerSocket();

  abstract ServerChannel newUnixServerSocket();

  abstract SocketAddress unixAddress(Path path);

  /** The best one that works on this machine. */
  public static Transport best() {
    return EPOLL.isAvailable() ? EPOLL : NIO;
  }
}
