package holdfast.proxy.admin;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers GET and HEAD of the few pages. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain; charset=utf-8";

  private final AdminPages pages;

  AdminHandler(AdminPages pages) {
    this.pages = pages;
  }

  private record Page(HttpResponseStatus status, String type, String text) {}

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    Page page = page(request);
    byte[] bytes = page.text().getBytes(StandardCharsets.UTF_8);
    boolean head = request.method().equals(HttpMethod.HEAD);
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            page.status(),
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, page.type())
        .setInt(HttpHeaderNames.CONTENT_LENGTH, bytes.length);
    boolean keepAlive = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    HttpUtil.setKeepAlive(response, keepAlive);
    var written = context.writeAndFlush(response);
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  private Page page(FullHttpRequest request) {
    if (!request.decoderResult().isSuccess()) {
      return new Page(HttpResponseStatus.BAD_REQUEST, TEXT, "not an HTTP request\n");
    }
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      return new Page(HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, "expected GET\n");
    }
    try {
      String path = new QueryStringDecoder(request.uri()).path();
      return switch (path) {
        case "/metrics" -> {
          pages.beforeMetrics().run();
          yield new Page(
              HttpResponseStatus.OK,
              "text/plain; version=0.0.4; charset=utf-8",
              pages.metrics().scrape());
        }
        case "/health" -> {
          boolean healthy = pages.healthy().getAsBoolean();
          yield new Page(
              healthy ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
              JSON,
              Json.write(Map.of("healthy", healthy)));
        }
        case "/status" -> new Page(HttpResponseStatus.OK, JSON, Json.write(pages.status().get()));
        default -> {
          Supplier<Object> more = pages.more().get(path);
          yield more == null
              ? new Page(HttpResponseStatus.NOT_FOUND, TEXT, expected())
              : new Page(HttpResponseStatus.OK, JSON, Json.write(more.get()));
        }
      };
    } catch (RuntimeException e) {
      LOG.warn("{}", request.uri(), e);
      return new Page(HttpResponseStatus.INTERNAL_SERVER_ERROR, TEXT, "failed; see the log\n");
    }
  }

  private String expected() {
    String others = String.join(", ", pages.more().keySet());
    return "expected /metrics, /health or /status" + (others.isEmpty() ? "" : ", " + others) + "\n";
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    LOG.debug("connection to the admin endpoint", cause);
    var _ = context.close();
  }
}
