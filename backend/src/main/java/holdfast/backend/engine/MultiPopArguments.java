package holdfast.backend.engine;

/**
 * The arguments that LMPOP, BLMPOP, ZMPOP and BZMPOP share: {@code numkeys key [key ...] end
 * [CollectionErrors.POP_COUNT count]}. Source: Redis {@code t_list.c}, lmpopGenericCommand.
 *
 * @param endAt where the word stands that names the end; the keys stand before it
 */
record MultiPopArguments(int endAt) {

  /** Reads the number of keys. */
  static MultiPopArguments parse(Call call, int numkeysAt) {
    long keys = call.integer(numkeysAt, 1, Long.MAX_VALUE, CollectionErrors.NUMKEYS);
    if (keys >= call.count() - numkeysAt - 1L) {
      throw Errors.SYNTAX;
    }
    return new MultiPopArguments(numkeysAt + 1 + (int) keys);
  }

  /** Reads the count behind the word for the end; 1 if there is none. */
  long parseCount(Call call) {
    int at = endAt + 1;
    if (at == call.count()) {
      return 1;
    }
    if (at + 2 < call.count() && call.is(at, "count")) {
      call.integer(at + 1, 1, Long.MAX_VALUE, CollectionErrors.POP_COUNT);
    }
    if (at + 2 != call.count() || !call.is(at, "count")) {
      throw Errors.SYNTAX;
    }
    return call.integer(at + 1, 1, Long.MAX_VALUE, CollectionErrors.POP_COUNT);
  }
}
