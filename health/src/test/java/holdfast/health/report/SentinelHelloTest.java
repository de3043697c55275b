package holdfast.health.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import holdfast.backend.model.EpochChain;
import holdfast.backend.model.NodeId;
import holdfast.backend.model.Records;
import holdfast.health.vote.Durable;
import holdfast.health.vote.PeerMessage;
import holdfast.health.vote.Voter;
import holdfast.health.vote.VoterConfig;
import holdfast.health.vote.VoterEvent;
import holdfast.health.vote.VoterState;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SentinelHelloTest {
  private final Story story = new Story().started();

  @Test
  void saysWhoItIsAndWhoIsMasterAsSentinelDoes() {
    String text = "127.0.0.1,26001," + Records.hex(1) + ",1,mymaster,127.0.0.1,7001,1";
    assertEquals(text, hello(story.config, true));
    assertEquals(text, hello(story.config, false));
  }

  @Test
  void saysNothingAtAMasterThatIsNotInForceOrWithoutAMajority() {
    assertNull(SentinelHello.at(story.config, "mymaster", story.state, Story.B, true));
    VoterConfig three =
        new VoterConfig(
            story.config.self(),
            story.config.address(),
            List.of(
                new VoterConfig.Peer(new NodeId("v2"), Records.at(26002)),
                new VoterConfig.Peer(new NodeId("v3"), Records.at(26003))),
            2,
            story.config.detect(),
            story.config.failover());
    var record = Records.of(1, 3);
    VoterState lonely =
        Voter.step(
                three,
                VoterState.start(three, Durable.blank(three.self(), Records.hex(1)), 0),
                0,
                new VoterEvent.PeerSaid(
                    new NodeId("v2"),
                    new PeerMessage.Activate(record, EpochChain.empty().with(record))))
            .state();
    assertEquals(record, lonely.durable().record());
    assertNull(SentinelHello.at(three, "mymaster", lonely, Story.A, true));
    story.masterDies(); // it has voted in a later epoch
    assertNull(hello(story.config, true));
    assertNull(hello(story.config, false));
  }

  private @Nullable String hello(VoterConfig config, boolean master) {
    return SentinelHello.at(config, "mymaster", story.state, master ? Story.A : Story.B, master);
  }
}
