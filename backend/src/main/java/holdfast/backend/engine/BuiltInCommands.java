package holdfast.backend.engine;

/** All groups of commands that every engine has. */
final class BuiltInCommands {
  private BuiltInCommands() {}

  static void register(Engine engine) {
    StringCommands.register(engine);
  }
}
