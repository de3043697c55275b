package holdfast.backend.engine;

/** All groups of commands that every engine has. */
final class BuiltInCommands {
  private BuiltInCommands() {}

  static void register(Engine engine) {
    StringCommands.register(engine);
    SetCommand.register(engine);
    CounterCommands.register(engine);
    BitCommands.register(engine);
    BitFieldCommand.register(engine);
    LcsCommand.register(engine);
    HyperLogLogCommands.register(engine);
    KeyCommands.register(engine);
    ExpireCommands.register(engine);
    TransactionCommands.register(engine);
    PubSubCommands.register(engine);
    ConnectionCommands.register(engine);
    ClientCommands.register(engine);
    ServerCommands.register(engine);
    MemoryCommands.register(engine);
    LatencyCommands.register(engine);
    AclCommands.register(engine);
    CommandCommands.register(engine);
    ConfigCommands.register(engine);
    StandardConfig.register(engine);
    StandardInfo.register(engine);
    CollectionCommands.register(engine);
    OnceCommand.register(engine);
  }
}
