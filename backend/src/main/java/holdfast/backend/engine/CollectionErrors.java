package holdfast.backend.engine;

/** The error replies of hashes, lists, sets and sorted sets, worded as Redis 7.0 does. */
@SuppressWarnings("StaticAssignmentOfThrowable") // without stack trace, and immutable
final class CollectionErrors {
  static final CommandError HASH_VALUE_NOT_AN_INTEGER =
      new CommandError("ERR hash value is not an integer");
  static final CommandError HASH_VALUE_NOT_A_FLOAT =
      new CommandError("ERR hash value is not a float");
  static final CommandError INCREMENT_INFINITE = new CommandError("ERR value is NaN or Infinity");
  static final CommandError RANK_ZERO =
      new CommandError(
          "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or"
              + " use negative to start from the end of the list");
  static final CommandError COUNT_NEGATIVE = new CommandError("ERR COUNT can't be negative");
  static final CommandError MAXLEN_NEGATIVE = new CommandError("ERR MAXLEN can't be negative");
  static final CommandError NUMKEYS = new CommandError("ERR numkeys should be greater than 0");
  static final CommandError TOO_MANY_KEYS =
      new CommandError("ERR Number of keys can't be greater than number of args");
  static final CommandError LIMIT_NEGATIVE = new CommandError("ERR LIMIT can't be negative");
  static final CommandError RANDOM_COUNT_OUT_OF_RANGE =
      new CommandError(
          "ERR value is out of range, value must between -9223372036854775807 and"
              + " 9223372036854775807");
  static final CommandError POP_COUNT = new CommandError("ERR count should be greater than 0");
  static final CommandError NOT_A_SCORE = new CommandError("ERR min or max is not a float");
  static final CommandError NOT_A_MEMBER =
      new CommandError("ERR min or max not valid string range item");
  static final CommandError NX_AND_XX =
      new CommandError("ERR XX and NX options at the same time are not compatible");
  static final CommandError GT_LT_NX =
      new CommandError("ERR GT, LT, and/or NX options at the same time are not compatible");
  static final CommandError ONE_INCREMENT =
      new CommandError("ERR INCR option supports a single increment-element pair");
  static final CommandError SCORE_NOT_A_NUMBER =
      new CommandError("ERR resulting score is not a number (NaN)");
  static final CommandError WEIGHT_NOT_A_FLOAT =
      new CommandError("ERR weight value is not a float");
  static final CommandError LIMIT_OF_RANKS =
      new CommandError(
          "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  static final CommandError SCORES_OF_MEMBERS =
      new CommandError("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

  static final CommandError SORT_NOT_A_NUMBER =
      new CommandError("ERR One or more scores can't be converted into double");

  private CollectionErrors() {}
}
