package holdfast.proxy.dispatch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.NodeAddress;
import holdfast.backend.model.ReplicationId;
import holdfast.proxy.dispatch.Confirmation.Answer;
import holdfast.routing.plan.Durability;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an INFO of the master says of a round. */
class ConfirmationTest {
  private static final String ID = "a".repeat(40);
  private static final String NEXT_ID = "b".repeat(40);
  private static final String OTHER_ID = "c".repeat(40);
  private static final NodeAddress B = new NodeAddress("10.0.0.2", 6379);
  private static final NodeAddress C = new NodeAddress("10.0.0.3", 6379);
  private static final NodeAddress D = new NodeAddress("10.0.0.3", 63790);

  private final Confirmation confirmation = new Confirmation();

  @BeforeEach
  void oneOfTwo() {
    require(1, B, C);
    confirmation.begin();
  }

  private void require(int replicas, NodeAddress... adopted) {
    confirmation.require(
        new Durability(
            replicas,
            Arrays.stream(adopted)
                .map(each -> new Durability.Replica(List.of("name", each.host()), each.port()))
                .toList(),
            List.of(new ReplicationId(ID), new ReplicationId(NEXT_ID))));
  }

  private Answer info(String id, long offset, String... replicas) {
    var text = new StringBuilder("# Replication\r\nrole:master\r\nconnected_slaves:");
    text.append(replicas.length).append("\r\n");
    for (int i = 0; i < replicas.length; i++) {
      text.append("slave").append(i).append(':').append(replicas[i]).append("\r\n");
    }
    text.append("master_failover_state:no-failover\r\nmaster_replid:").append(id);
    text.append("\r\nmaster_replid2:").append("0".repeat(40)).append("\r\nmaster_repl_offset:");
    text.append(offset).append("\r\nsecond_repl_offset:-1\r\n");
    return read(text.toString());
  }

  private Answer read(String text) {
    ByteBuf in = Unpooled.copiedBuffer("??$" + text.length() + "\r\n" + text + "\r\n??", US_ASCII);
    return confirmation.onInfo(in, 2, in.readableBytes() - 4);
  }

  private static String row(NodeAddress replica, String state, long offset) {
    return "ip=%s,port=%d,state=%s,offset=%d,lag=0"
        .formatted(replica.host(), replica.port(), state, offset);
  }

  private static String online(NodeAddress replica, long offset) {
    return row(replica, "online", offset);
  }

  @Test
  void knowsWhetherAsManyCountAsAreRequiredBeforeTheyAreOnline() {
    require(2, B);
    assertFalse(confirmation.hasEnoughAdopted());
    require(2, B, C);
    assertTrue(confirmation.hasEnoughAdopted());
    assertTrue(confirmation.lacksReplicas());
  }

  @Test
  void aRoundIsConfirmedWhenEnoughReplicasHaveReachedItsGoal() {
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 60), online(C, 99)));
    assertEquals(Answer.CONFIRMED, info(ID, 250, online(B, 60), online(C, 100)));
  }

  @Test
  void theFirstReportMayConfirmByItself() {
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 100)));
  }

  @Test
  void theGoalIsThatOfTheFirstReportHoweverFarTheMasterGoes() {
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 60)));
    assertEquals(Answer.NOT_YET, info(ID, 500, online(B, 99)));
    assertEquals(Answer.CONFIRMED, info(ID, 900, online(B, 100)));
  }

  @Test
  void ofTwoRequiredTheSlowerCounts() {
    require(2, B, C);
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 100), online(C, 99)));
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 100), online(C, 100)));
  }

  @Test
  void aReplicaThatIsNotAdoptedDoesNotCount() {
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 60), online(D, 100)));
    require(1, B, C, D);
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 60), online(D, 100)));
  }

  @Test
  void aReplicaThatIsNotOnlineDoesNotCount() {
    assertEquals(
        Answer.NOT_YET, info(ID, 100, row(B, "send_bulk", 100), row(C, "wait_bgsave", 100)));
  }

  @Test
  void twoRowsOfOneReplicaAreNotTwoReplicas() {
    require(2, B, C);
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 100), online(B, 100)));
    assertTrue(confirmation.lacksReplicas());
  }

  @Test
  void ofTwoRowsOfOneReplicaTheWorseCounts() {
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 100), online(B, 50)));
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 100), row(B, "send_bulk", 0)));
  }

  @Test
  void underAnIdThatIsNotRecordedNothingIsConfirmed() {
    assertEquals(Answer.UNUSABLE, info(OTHER_ID, 100, online(B, 100)));
    assertTrue(confirmation.lacksReplicas());
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 100)));
  }

  @Test
  void aNewIdBeginsTheRoundAnew() {
    assertEquals(Answer.NOT_YET, info(ID, 100, online(B, 60)));
    assertEquals(Answer.NOT_YET, info(NEXT_ID, 120, online(B, 110)), "100 was of another id");
    assertEquals(Answer.CONFIRMED, info(NEXT_ID, 130, online(B, 120)));
  }

  @Test
  void whatWasConfirmedUnderAnotherIdIsNotConfirmedUnderThisOne() {
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 100)));
    confirmation.begin();
    assertEquals(Answer.NOT_YET, info(NEXT_ID, 100));
  }

  @Test
  void aReplicaOrSomethingElseConfirmsNothing() {
    assertEquals(Answer.UNUSABLE, read("# Replication\r\nrole:slave\r\nmaster_host:10.0.0.2\r\n"));
    assertEquals(Answer.UNUSABLE, read("role:master\r\nmaster_replid:" + ID + "\r\n"));
    assertEquals(Answer.UNUSABLE, read(""));
    ByteBuf error = Unpooled.copiedBuffer("-NOPERM no permissions\r\n", US_ASCII);
    assertEquals(Answer.UNUSABLE, confirmation.onInfo(error, 0, error.readableBytes()));
  }

  @Test
  void readsGoOnWithoutReplicasWhereNothingUnconfirmedCouldShow() {
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 100)));
    confirmation.begin();
    assertEquals(Answer.CONFIRMED, info(ID, 100));
    assertTrue(confirmation.lacksReplicas());
    confirmation.begin();
    assertEquals(Answer.NOT_YET, info(ID, 101));
  }

  @Test
  void isSettledWhenAllThatTheMasterHasIsConfirmed() {
    info(ID, 100, online(B, 99));
    assertFalse(confirmation.isSettled());
    info(ID, 100, online(B, 100));
    assertTrue(confirmation.isSettled());
    info(ID, 101);
    assertFalse(confirmation.isSettled());
  }

  @Test
  void whoIsOnlineTellsWhetherAWriteCouldBeConfirmed() {
    assertTrue(confirmation.lacksReplicas(), "nothing is known");
    info(ID, 100, online(B, 0));
    assertFalse(confirmation.lacksReplicas());
    info(ID, 100, row(B, "send_bulk", 0), online(D, 100));
    assertTrue(confirmation.lacksReplicas());
  }

  /** Redis shows a replica that was stopped online until repl-timeout. */
  @Test
  void whoIsOnlineAndSaysNothingCannotConfirmAWriteThoughWhatItHasCounts() {
    String says = online(B, 100);
    String hangs = says.replaceFirst("lag=\\d+", "lag=4");
    assertEquals(Answer.CONFIRMED, info(ID, 100, hangs));
    assertTrue(confirmation.lacksReplicas());
    info(ID, 100, says, hangs);
    assertTrue(confirmation.lacksReplicas(), "of two rows of one replica the worse counts");
    info(ID, 100, says.replaceFirst("lag=\\d+", "lag=3"));
    assertFalse(confirmation.lacksReplicas());
  }

  @Test
  void anotherMasterHasNothingConfirmed() {
    assertEquals(Answer.CONFIRMED, info(ID, 100, online(B, 100)));
    confirmation.newMaster();
    assertTrue(confirmation.lacksReplicas());
    confirmation.begin();
    assertEquals(Answer.NOT_YET, info(ID, 100));
  }
}
