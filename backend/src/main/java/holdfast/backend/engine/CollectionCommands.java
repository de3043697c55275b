package holdfast.backend.engine;

/** The commands of hashes, lists, sets and sorted sets. */
final class CollectionCommands {
  private CollectionCommands() {}

  static void register(Engine engine) {
    HashCommands.register(engine);
    ListCommands.register(engine);
    ListMoves.register(engine);
    ListPops.register(engine);
    SetCommands.register(engine);
    SetAlgebra.register(engine);
    SortedSetCommands.register(engine);
    SortedSetAdd.register(engine);
    SortedSetRange.register(engine);
    SortedSetPops.register(engine);
    SortedSetAlgebra.register(engine);
    SortCommand.register(engine);
  }
}
