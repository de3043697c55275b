package holdfast.backend.transport;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

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
  };

  /** Whether it works on this machine. */
  public abstract boolean isAvailable();

  abstract IoHandlerFactory newIoHandlers();

  abstract SocketChannel newSocket();

  abstract ServerSocketChannel newServerSocket();

  /** The best one that works on this machine. */
  public static Transport best() {
    return EPOLL.isAvailable() ? EPOLL : NIO;
  }
}
