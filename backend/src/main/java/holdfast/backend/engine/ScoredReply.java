package holdfast.backend.engine;

import holdfast.backend.resp.RespWriter;

/**
 * A reply of members, if asked for with their scores: in RESP2 one flat array, in RESP3 an array of
 * pairs.
 */
final class ScoredReply implements SortedSetValue.Visitor {
  private final RespWriter out;
  private final boolean withScores;
  private final boolean nested;

  private ScoredReply(RespWriter out, boolean withScores) {
    this.out = out;
    this.withScores = withScores;
    this.nested = withScores && out.protocol() == 3;
  }

  /** Writes the head of the reply; {@code members} calls of {@link #entry} must follow. */
  static ScoredReply begin(RespWriter out, int members, boolean withScores) {
    var reply = new ScoredReply(out, withScores);
    out.array(withScores && !reply.nested ? 2 * members : members);
    return reply;
  }

  @Override
  public void entry(byte[] member, double score) {
    if (nested) {
      out.array(2);
    }
    out.bulk(member);
    if (withScores) {
      out.number(Numbers.format(score));
    }
  }
}
