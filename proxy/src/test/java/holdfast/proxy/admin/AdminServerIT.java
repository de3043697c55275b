package holdfast.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerIT {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

  private final HttpClient client = HttpClient.newHttpClient();
  private volatile boolean healthy = true;
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    var metrics = AdminPages.newMetrics();
    metrics.counter("holdfast.things").increment(3);
    var status = new LinkedHashMap<String, Object>();
    status.put("master", "a \"b\"\n");
    status.put("epoch", 7L);
    status.put("replicas", List.of("x", Map.of("up", true)));
    status.put("none", Map.of());
    server = AdminServer.start(ANY, new AdminPages(metrics, () -> healthy, () -> status));
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void servesMetricsInPrometheusText() throws Exception {
    var response = get("/metrics?x=1");

    assertEquals(200, response.statusCode());
    assertTrue(response.body().contains("holdfast_things_total 3.0"), response.body());
  }

  @Test
  void servesStatusAsJson() throws Exception {
    assertEquals(
        "{\"master\":\"a \\\"b\\\"\\u000a\",\"epoch\":7,\"replicas\":[\"x\",{\"up\":true}],\"none\":{}}\n",
        get("/status").body());
  }

  @Test
  void tellsHealthByItsStatusCode() throws Exception {
    assertEquals(200, get("/health").statusCode());
    healthy = false;
    assertEquals(503, get("/health").statusCode());
  }

  @Test
  void refusesWhatItDoesNotServe() throws Exception {
    assertEquals(404, get("/").statusCode());
    var post =
        HttpRequest.newBuilder(uri("/status")).POST(HttpRequest.BodyPublishers.ofString("x"));
    assertEquals(405, client.send(post.build(), HttpResponse.BodyHandlers.ofString()).statusCode());
    var large =
        HttpRequest.newBuilder(uri("/status"))
            .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[9000]));
    assertEquals(
        413, client.send(large.build(), HttpResponse.BodyHandlers.ofString()).statusCode());
  }

  @Test
  void failsOnATakenPort() {
    assertThrows(
        IOException.class,
        () ->
            AdminServer.start(
                server.address(), new AdminPages(AdminPages.newMetrics(), () -> true, Map::of)));
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
  }
}
