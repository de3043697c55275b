package holdfast.routing.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import holdfast.backend.command.NewerCommands;
import holdfast.routing.command.CommandClasses;
import holdfast.routing.command.CommandTraits;
import holdfast.routing.command.TextArguments;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decision table: a command, what is the case, the plan. */
class PlanningTest {
  private static final CommandClasses CLASSES = CommandClasses.of(NewerCommands.all());

  /** What may be the case; what a line does not name is not. */
  private enum Fact {
    STRANGER,
    OPEN,
    OWES,
    REFUSES,
    READS_SPREAD,
    REPLICA,
    REPLICAS_ONLY,
    ERRORS,
    BEHIND_WRITES,
    MASTER_BUSY,
    MASTER,
    FULL,
    OWES_ELSEWHERE,
    OWN,
    BESIDE,
    LACKS
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # ordinary commands
          GET k              | MASTER                            | ToMaster.SHARED_LINK
          SET k v            | MASTER                            | ToMaster.SHARED_LINK
          SET k v            | MASTER OWES                       | ToMaster.SHARED_LINK
          NO_SUCH_COMMAND x  | MASTER                            | ToMaster.SHARED_LINK
          GET k              |                                   | Hold.FOR_MASTER
          GET k              | REFUSES                           | Reject.NO_MASTER
          GET k              | MASTER FULL                       | Hold.FOR_ROOM
          GET k              | MASTER FULL OWES_ELSEWHERE        | Hold.FOR_ROOM
          GET k              | MASTER OWES_ELSEWHERE             | Hold.FOR_REPLIES
          # reads that may go to a replica
          GET k              | MASTER REPLICA                    | ToMaster.SHARED_LINK
          GET k              | MASTER REPLICA READS_SPREAD       | ToReplica.CHOSEN
          GET k              | REPLICA READS_SPREAD              | ToReplica.CHOSEN
          GET k              | MASTER READS_SPREAD               | ToMaster.SHARED_LINK
          GET k              | READS_SPREAD                      | Hold.FOR_NODE
          GET k              | READS_SPREAD REFUSES              | Reject.NO_MASTER
          GET k              | MASTER READS_SPREAD MASTER_BUSY   | Hold.FOR_ROOM
          GET k              | MASTER READS_SPREAD OWES_ELSEWHERE | Hold.FOR_REPLIES
          GET k              | MASTER MASTER_BUSY                | ToMaster.SHARED_LINK
          GET k              | REPLICA READS_SPREAD MASTER_BUSY  | ToReplica.CHOSEN
          GET k              | MASTER READS_SPREAD BEHIND_WRITES | ToMaster.SHARED_LINK
          GET k              | MASTER READS_SPREAD REPLICAS_ONLY | Hold.FOR_FIT_REPLICA
          GET k              | MASTER READS_SPREAD REPLICAS_ONLY REFUSES | Reject.NO_REPLICA
          GET k              | MASTER READS_SPREAD REPLICAS_ONLY ERRORS | Reject.NO_REPLICA
          GET k              | MASTER READS_SPREAD REPLICAS_ONLY BEHIND_WRITES | Hold.FOR_REPLIES
          GET k              | REPLICA READS_SPREAD REPLICAS_ONLY | ToReplica.CHOSEN
          SET k v            | MASTER READS_SPREAD REPLICAS_ONLY | ToMaster.SHARED_LINK
          TOUCH k            | MASTER REPLICA READS_SPREAD       | ToMaster.SHARED_LINK
          SET k v            | MASTER REPLICA READS_SPREAD       | ToMaster.SHARED_LINK
          SCAN 0             | MASTER REPLICA READS_SPREAD       | ToMaster.SHARED_LINK
          # too few replicas: writes wait, reads go on
          SET k v            | MASTER LACKS                      | Hold.FOR_REPLICAS
          SET k v            | MASTER LACKS FULL                 | Hold.FOR_REPLICAS
          SET k v            | MASTER LACKS REFUSES              | Reject.TOO_FEW_REPLICAS
          SET k v            | LACKS REFUSES                     | Reject.NO_MASTER
          GET k              | MASTER LACKS                      | ToMaster.SHARED_LINK
          BLPOP q 0          | OWN LACKS                         | Hold.FOR_REPLICAS
          BLPOP q 0          | OWN LACKS REFUSES                 | Reject.TOO_FEW_REPLICAS
          MULTI              | OWN LACKS                         | ToOpen.TRANSACTION
          # a link of their own
          BLPOP q 0          | MASTER OWN                        | ToMaster.OWN_LINK
          BLPOP q 0          | MASTER OWN OWES                   | Hold.FOR_REPLIES
          BLPOP q 0          | MASTER                            | Hold.FOR_MASTER
          BLPOP q 0          | REFUSES                           | Reject.NO_MASTER
          XREAD STREAMS s 0  | MASTER OWN                        | ToMaster.SHARED_LINK
          XREAD BLOCK 0 STREAMS s 0 | MASTER OWN                 | ToMaster.OWN_LINK
          TS.READ k -        | MASTER REPLICA READS_SPREAD OWN   | ToReplica.CHOSEN
          TS.READ k - BLOCK 0 1 | MASTER REPLICA READS_SPREAD OWN | ToMaster.OWN_LINK
          WAITAOF 1 0 0      | MASTER OWN                        | ToMaster.OWN_LINK
          # a cursor that only the server knows that gave it
          FT.AGGREGATE i *   | MASTER REPLICA READS_SPREAD       | ToReplica.CHOSEN
          FT.AGGREGATE i * WITHCURSOR | MASTER REPLICA READS_SPREAD | ToMaster.SHARED_LINK
          FT.AGGREGATE i * WITHCURSOR | READS_SPREAD             | Hold.FOR_MASTER
          FT.CURSOR READ i 1 | MASTER REPLICA READS_SPREAD       | ToMaster.SHARED_LINK
          HIMPORT SET k f v  | MASTER                            | Reject.NOT_AVAILABLE
          # what stays open
          WATCH k            | MASTER OWN                        | ToOpen.TRANSACTION
          MULTI              | OWN OWES                          | Hold.FOR_REPLIES
          MULTI              | MASTER                            | Hold.FOR_MASTER
          MULTI              | REFUSES                           | Reject.NO_MASTER
          EXEC               | OWN OWES                          | Answer.NOTHING_OPEN
          DISCARD            |                                   | Answer.NOTHING_OPEN
          UNWATCH            |                                   | Answer.NOTHING_OPEN
          EXEC               | OPEN                              | ToOpen.GOES_ON
          GET k              | OPEN MASTER                       | ToOpen.GOES_ON
          QUIT               | OPEN                              | ToOpen.GOES_ON
          SUBSCRIBE c        | OWN                               | ToOpen.SUBSCRIPTION
          PSUBSCRIBE c       | OWN                               | ToOpen.SUBSCRIPTION
          MONITOR            | BESIDE                            | ToOpen.MONITOR
          MONITOR            | OWN                               | Hold.FOR_MASTER
          MONITOR            | BESIDE OWES                       | Hold.FOR_REPLIES
          SUBSCRIBE c        |                                   | ToOpen.SUBSCRIPTION
          SUBSCRIBE c        | OWN OWES                          | Hold.FOR_REPLIES
          UNSUBSCRIBE        | OWES                              | Answer.NOTHING_OPEN
          SUNSUBSCRIBE c     |                                   | Answer.NOTHING_OPEN
          # the proxy's own
          SELECT 1           | OWES                              | Answer.LOCALLY
          CLIENT ID          |                                   | Answer.LOCALLY
          SHUTDOWN           | MASTER                            | Reject.NOT_AVAILABLE
          # strangers
          GET k              | STRANGER MASTER                   | Reject.NOT_LOGGED_IN
          MULTI              | STRANGER OWN                      | Reject.NOT_LOGGED_IN
          CLIENT ID          | STRANGER                          | Reject.NOT_LOGGED_IN
          SHUTDOWN           | STRANGER                          | Reject.NOT_LOGGED_IN
          AUTH x             | STRANGER                          | Answer.LOCALLY
          HELLO 3            | STRANGER                          | Answer.LOCALLY
          QUIT               | STRANGER                          | Answer.LOCALLY
          RESET              | STRANGER                          | Answer.LOCALLY
          """)
  void decides(String command, String facts, String plan) {
    var now = new Given(facts(facts));
    assertEquals(plan, text(Planning.of(traits(command), TextArguments.of(command), now)));
    assertEquals(now.asked.stream().distinct().toList(), now.asked, "asked once each");
  }

  @Test
  void whatGoesOutAgainIsNotDecidedByWhatIsOpen() {
    var now = new Given(EnumSet.of(Fact.OPEN, Fact.MASTER));
    assertEquals(
        Plan.ToMaster.SHARED_LINK,
        Planning.beside(traits("GET k"), TextArguments.of("GET k"), now));
  }

  /** To ask for a link of its own takes it, to choose a replica takes a turn. */
  @Test
  void takesNothingThatThePlanDoesNotUse() {
    for (String facts : List.of("OWN OWES", "OWN LACKS", "OWN LACKS REFUSES")) {
      var now = new Given(facts(facts));
      Planning.of(traits("BLPOP q 0"), TextArguments.of("BLPOP q 0"), now);
      assertTrue(now.asked.stream().noneMatch(fact -> fact == Fact.OWN), facts);
    }
    var now = new Given(facts("MASTER REPLICA"));
    Planning.of(traits("GET k"), TextArguments.of("GET k"), now);
    assertTrue(now.asked.stream().noneMatch(fact -> fact == Fact.REPLICA));
  }

  private static Set<Fact> facts(String names) {
    var facts = EnumSet.noneOf(Fact.class);
    if (names != null) {
      Arrays.stream(names.split(" ")).map(Fact::valueOf).forEach(facts::add);
    }
    return facts;
  }

  private static String text(Plan plan) {
    return plan.getClass().getSimpleName() + "." + plan;
  }

  private static CommandTraits traits(String line) {
    String[] words = line.split(" ");
    byte[] name = words[0].getBytes(StandardCharsets.UTF_8);
    CommandTraits traits = CLASSES.find(name, name.length);
    if (traits.container() && words.length > 1) {
      byte[] sub = words[1].getBytes(StandardCharsets.UTF_8);
      return CLASSES.findSubcommand(name, name.length, sub, sub.length);
    }
    return traits;
  }

  /** Answers as told, and remembers what it was asked. */
  private static final class Given implements Circumstances {
    private final Set<Fact> facts;
    private final List<Fact> asked = new ArrayList<>();

    Given(Set<Fact> facts) {
      this.facts = facts;
    }

    private boolean is(Fact fact) {
      asked.add(fact);
      return facts.contains(fact);
    }

    @Override
    public boolean loggedIn() {
      return !is(Fact.STRANGER);
    }

    @Override
    public boolean hasOpen() {
      return is(Fact.OPEN);
    }

    @Override
    public boolean owesReplies() {
      return is(Fact.OWES);
    }

    @Override
    public boolean refuses() {
      return is(Fact.REFUSES);
    }

    @Override
    public Reader reader(CommandTraits traits) {
      if (!is(Fact.READS_SPREAD)) {
        return Reader.MASTER;
      }
      boolean only = is(Fact.REPLICAS_ONLY);
      if (is(Fact.BEHIND_WRITES)) {
        return only ? Reader.NOBODY_BEFORE_REPLIES : Reader.MASTER;
      }
      if (is(Fact.REPLICA)) {
        return Reader.REPLICA;
      }
      return only ? is(Fact.ERRORS) ? Reader.NOBODY : Reader.NOBODY_YET : Reader.MASTER_INSTEAD;
    }

    @Override
    public boolean masterHasRoomForReads() {
      return !is(Fact.MASTER_BUSY);
    }

    @Override
    public boolean offersMaster() {
      return is(Fact.MASTER);
    }

    @Override
    public boolean masterHasRoom() {
      return !is(Fact.FULL);
    }

    @Override
    public boolean owesRepliesElsewhere() {
      return is(Fact.OWES_ELSEWHERE);
    }

    @Override
    public boolean offersOwnLink() {
      return is(Fact.OWN);
    }

    @Override
    public boolean offersLinkBeside() {
      return is(Fact.BESIDE);
    }

    @Override
    public boolean lacksReplicas() {
      return is(Fact.LACKS);
    }
  }
}
