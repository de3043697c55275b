package holdfast.backend.engine;

/** GET, SET and what stands around them. Source: Redis {@code t_string.c}. */
final class StringCommands {
  private StringCommands() {}

  static void register(Engine engine) {
    engine.register("get", StringCommands::get);
  }

  private static void get(Call call) {
    StringValue value = call.read(call.arg(1), StringValue.class);
    Replies.string(call.out(), value);
  }
}
