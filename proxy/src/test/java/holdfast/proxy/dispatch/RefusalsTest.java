package holdfast.proxy.dispatch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class RefusalsTest {
  private static void refusal(boolean expected, String reply) {
    ByteBuf in = Unpooled.copiedBuffer("+before\r\n" + reply, US_ASCII);
    assertEquals(expected, Refusals.isRefusal(in, 9, reply.length()), reply);
    in.release();
  }

  @Test
  void knowsTheFirstWordWhateverFollows() {
    refusal(true, "-READONLY You can't write against a read only replica.\r\n");
    refusal(true, "-LOADING\r\n");
    refusal(true, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    refusal(true, "-NOSCRIPT No matching script. Please use EVAL.\r\n");
    refusal(false, "-READONLYX no such word\r\n");
    refusal(false, "-ERR READONLY\r\n");
    refusal(false, "-READONL");
  }

  @Test
  void aScriptsErrorIsOneOnlyInTheServersWords() {
    own(true, "-READONLY You can't write against a read only replica. script: 12, on @user:1.\r\n");
    own(true, "-LOADING Redis is loading the dataset in memory\r\n");
    own(true, "-NOREPLICAS Not enough good replicas to write.\r\n");
    own(false, "-READONLY this account\r\n");
    own(false, "-READONLY\r\n");
    own(false, "-TRYAGAIN later\r\n");
    own(false, "-ERR You can't write against a read only replica.\r\n");
  }

  private static void own(boolean expected, String reply) {
    ByteBuf in = Unpooled.copiedBuffer("+before\r\n" + reply, US_ASCII);
    assertEquals(expected, Refusals.isServersOwn(in, 9, reply.length()), reply);
    in.release();
  }

  @Test
  void aTransactionIsRefusedWholeIfExecWas() {
    refusal(true, "-EXECABORT Transaction discarded because of: READONLY no lease\r\n");
    refusal(true, "-EXECABORT Transaction discarded because of: MASTERDOWN Link\r\n");
    refusal(false, "-EXECABORT Transaction discarded because of: OOM command not allowed\r\n");
    refusal(false, "-EXECABORT Transaction discarded because of previous errors.\r\n");
    refusal(false, "-EXECABORT Transaction discarded because of:");
  }
}
