package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.AcceptedRecord.VoterEntry;
import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** For whom one voter of three votes before there is a record, when others lost their disks. */
class FoundingTest {
  private static final long MS = 1_000_000;
  private static final NodeId V2 = new NodeId("v2");
  private static final NodeId V3 = new NodeId("v3");

  private final AcceptedRecord record = Records.of(3, 3);
  private final List<VoterEntry> first = record.voters();
  private final VoterConfig config = TestVoters.config(1, 3, record.backends());
  private long nowNanos = 1_000 * MS;
  private VoterState state = voted(null);
  private final List<VoterEffect> effects = new ArrayList<>();

  /** It voted in epoch 3 with the first list. */
  private VoterState voted(@Nullable AcceptedRecord accepted) {
    return VoterState.start(
        config,
        new Durable(
            new NodeId("v1"),
            Records.hex(1),
            first,
            3,
            V2,
            accepted,
            accepted == null ? 0 : accepted.fingerprint(),
            accepted == null ? EpochChain.empty() : EpochChain.empty().with(accepted),
            0,
            Maintenance.NONE),
        nowNanos);
  }

  /** The first list, with these voters as new incarnations. */
  private List<VoterEntry> renewed(NodeId... voters) {
    var next = new ArrayList<VoterEntry>();
    for (VoterEntry entry : first) {
      boolean lost = List.of(voters).contains(entry.id());
      next.add(
          lost ? new VoterEntry(entry.id(), renewed(entry.incarnation()), entry.address()) : entry);
    }
    return next;
  }

  private static String renewed(String incarnation) {
    return "f" + incarnation.substring(1);
  }

  private void on(VoterEvent event) {
    Voter.Step step = Voter.step(config, state, nowNanos, event);
    state = step.state();
    effects.addAll(step.effects());
  }

  private boolean votes(NodeId candidate, long epoch, boolean hasRecord, List<VoterEntry> list) {
    effects.clear();
    on(new VoterEvent.PeerSaid(candidate, new PeerMessage.VoteAsk(epoch, hasRecord, list)));
    return effects.stream()
        .anyMatch(
            effect ->
                effect instanceof VoterEffect.Send send
                    && send.message() instanceof PeerMessage.VoteAnswer answer
                    && answer.voted());
  }

  @Test
  void votesWithOneThatLostItsDiskBeforeThereWasARecord() {
    assertTrue(votes(V2, 4, false, renewed(V2)));
    assertEquals(first, state.durable().members(), "counts from the first list");
    assertEquals(4, state.durable().votedEpoch());
  }

  @Test
  void votesInNoEpochTwiceWhoeverLostItsDisk() {
    assertFalse(votes(V3, 3, false, renewed(V3)), "its vote of epoch 3 is v2's");
    assertTrue(votes(V3, 4, false, renewed(V3)));
    assertFalse(votes(V2, 4, false, renewed(V3)));
  }

  @Test
  void refusesWhenMoreThanHalfLostTheirDisks() {
    assertFalse(votes(V2, 4, false, renewed(V2, V3)));
  }

  @Test
  void refusesWhenMoreThanHalfLostTheirDisksOneAfterTheOther() {
    assertTrue(votes(V2, 4, false, renewed(V2)));
    assertFalse(votes(V2, 5, false, renewed(V2, V3)));
  }

  @Test
  void onceItHasARecordItsVoteTellsOfIt() {
    state = voted(record);
    assertTrue(votes(V2, 4, false, renewed(V2)));
    assertTrue(
        effects.stream()
            .anyMatch(
                effect ->
                    effect instanceof VoterEffect.Send send
                        && send.message() instanceof PeerMessage.VoteAnswer answer
                        && record.equals(answer.record())));
  }

  @Test
  void votesForWhoHasARecordThatNamesIt() {
    assertTrue(votes(V2, 4, true, renewed(V2, V3)));
    assertFalse(votes(V2, 5, true, renewed(new NodeId("v1"))));
  }

  @Test
  void refusesAListThatNamesAnotherIncarnationOfItself() {
    assertFalse(votes(V2, 4, false, renewed(new NodeId("v1"))));
  }

  @Test
  void standsWithTheOthersAsTheySaidHelloLast() {
    on(new VoterEvent.PeerSaid(V2, new PeerMessage.Hello(renewed(Records.hex(2)), true, 0, 0, 0)));
    effects.clear();
    for (int i = 0; i < 40; i++) {
      nowNanos += 50 * MS;
      on(new VoterEvent.Tick(0));
      if (state.preVote() != null) {
        on(
            new VoterEvent.PeerSaid(
                V3, new PeerMessage.PreVoteAnswer(state.preVoteRound(), true, 3)));
      }
    }
    assertTrue(
        effects.stream()
            .anyMatch(
                effect ->
                    effect instanceof VoterEffect.Send send
                        && send.message() instanceof PeerMessage.VoteAsk ask
                        && ask.members().equals(renewed(V2))));
  }

  @Test
  void confirmsWithoutARecordOnlyTheEpochOfItsVote() {
    on(new VoterEvent.PeerSaid(V2, new PeerMessage.ConfirmAsk(4, 1)));
    assertFalse(confirmed());
    on(new VoterEvent.PeerSaid(V2, new PeerMessage.ConfirmAsk(3, 1)));
    assertTrue(confirmed());
  }

  private boolean confirmed() {
    return effects.stream()
        .anyMatch(
            effect ->
                effect instanceof VoterEffect.Send send
                    && send.message() instanceof PeerMessage.Confirmed);
  }
}
