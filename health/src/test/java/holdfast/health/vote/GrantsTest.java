package holdfast.health.vote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.lease.LeaseRequest;
import holdfast.backend.model.AcceptedRecord;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import org.junit.jupiter.api.Test;

/** When a holder that watches a voter is told. */
class GrantsTest {
  private final AcceptedRecord bare = Records.of(3, 3);
  private final AcceptedRecord one = adopted(bare, 2);
  private final AcceptedRecord both = adopted(one, 3);

  private static AcceptedRecord adopted(AcceptedRecord record, int backend) {
    return record.withAdopted(
        new AcceptedRecord.Adopted(Records.at(7000 + backend), Records.run(90 + backend), 3));
  }

  private static Durable at(AcceptedRecord record) {
    Durable blank = Durable.blank(new NodeId("v1"), Records.hex(1));
    return blank.founded(record.voters()).accepted(record, blank.chain());
  }

  private static LeaseRequest.Watch watch(AcceptedRecord known, long shown) {
    return new LeaseRequest.Watch(
        new NodeId("p1"), known.epoch(), known.fingerprint(), 1_000, shown);
  }

  @Test
  void tellsOfAnAdditionOnce() {
    Durable durable = at(one);
    LeaseRequest.Watch before = watch(bare, bare.fingerprint());
    assertFalse(Grants.isNews(at(bare), before));
    assertTrue(Grants.isNews(durable, before));
    assertEquals(one, Grants.changed(durable, false, before).record());
    assertFalse(Grants.isNews(durable, watch(one, one.fingerprint())));
  }

  @Test
  void doesNotAnswerForEverAHolderThatHasHeardOfMore() {
    assertFalse(Grants.isNews(at(one), watch(both, one.fingerprint())));
    assertFalse(Grants.isNews(at(one), watch(one, bare.fingerprint())), "told by another voter");
  }

  @Test
  void aVoterThatHasLostItsDiskAnswersNobodyForEver() {
    Durable blank = Durable.blank(new NodeId("v1"), Records.hex(1));
    assertFalse(Grants.isNews(blank, watch(both, one.fingerprint())));
  }

  @Test
  void leavesAdditionsToTheLeasesOfAHolderThatDoesNotSayWhatItWasShown() {
    assertFalse(Grants.isNews(at(one), watch(bare, 0)));
  }

  @Test
  void tellsOfALaterEpochWhateverWasShown() {
    AcceptedRecord later = Records.of(4, 3);
    assertTrue(Grants.isNews(at(later), watch(bare, later.fingerprint())));
    assertTrue(Grants.isNews(at(later), watch(bare, 0)));
  }
}
