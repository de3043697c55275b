package holdfast.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import holdfast.bench.load.WriteLedger.Verdict;
import org.junit.jupiter.api.Test;

class WriteLedgerTest {
  private final WriteLedger ledger = new WriteLedger("k:", 2, 3);

  @Test
  void givesEachWriterKeysOfItsOwn() {
    assertEquals(6, ledger.keys());
    for (long turn = 0; turn < 7; turn++) {
      assertNotEquals(ledger.key(0, turn), ledger.key(1, turn));
    }
    assertEquals(ledger.key(1, 0), ledger.key(1, 3));
    assertEquals("k:5", ledger.name(ledger.key(1, 2)));
  }

  @Test
  void findsAnAcknowledgedWriteThatIsGone() {
    ledger.acknowledge(0, ledger.send(0));
    ledger.acknowledge(0, ledger.send(0));

    assertEquals(Verdict.OLDER, ledger.judge(0, 2, null));
    assertEquals(Verdict.OLDER, ledger.judge(0, 2, "1"));
    assertEquals(Verdict.CURRENT, ledger.judge(0, 2, "2"));
  }

  @Test
  void takesAWriteThatWasSentAndNeverAnsweredAsCurrent() {
    ledger.acknowledge(0, ledger.send(0));
    ledger.send(0);

    assertEquals(Verdict.CURRENT, ledger.judge(0, 1, "1"));
    assertEquals(Verdict.CURRENT, ledger.judge(0, 1, "2"));
  }

  @Test
  void refusesWhatItNeverSent() {
    ledger.acknowledge(0, ledger.send(0));

    assertEquals(Verdict.FOREIGN, ledger.judge(0, 1, "2"));
    assertEquals(Verdict.FOREIGN, ledger.judge(0, 1, "x"));
  }
}
