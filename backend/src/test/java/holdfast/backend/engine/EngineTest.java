package holdfast.backend.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EngineTest {
  private final InProcess process = new InProcess();
  private final InProcess.Connection client = process.connect();

  @Test
  void answersUnknownCommandsWithTheirArguments() {
    assertEquals(
        "-ERR unknown command 'NOPE', with args beginning with: 'a' 'b' \r\n",
        client.call("NOPE", "a", "b"));
  }

  @Test
  void checksTheNumberOfArguments() {
    assertEquals("-ERR wrong number of arguments for 'get' command\r\n", client.call("GET"));
  }

  @Test
  void readsNothingFromAnEmptyDatabase() {
    assertEquals("$-1\r\n", client.call("get", "a"));
  }
}
