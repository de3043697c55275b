package holdfast.backend.engine;

/** MULTI, EXEC, DISCARD, WATCH, UNWATCH. Source: Redis {@code multi.c}. */
final class TransactionCommands {
  private TransactionCommands() {}

  static void register(Engine engine) {
    engine.register("multi", TransactionCommands::multi);
    engine.register("exec", TransactionCommands::exec);
    engine.register("discard", TransactionCommands::discard);
    engine.register("watch", TransactionCommands::watch);
    engine.register("unwatch", TransactionCommands::unwatch);
  }

  private static void multi(Call call) {
    if (call.client().transaction().isOpen()) {
      throw new CommandError("ERR MULTI calls can not be nested");
    }
    call.client().transaction().begin();
    call.out().ok();
  }

  private static void discard(Call call) {
    if (!call.client().transaction().isOpen()) {
      throw new CommandError("ERR DISCARD without MULTI");
    }
    call.client().transaction().end();
    call.out().ok();
  }

  private static void exec(Call call) {
    Transaction transaction = call.client().transaction();
    if (!transaction.isOpen()) {
      throw new CommandError("ERR EXEC without MULTI");
    }
    boolean broken = transaction.isBroken();
    boolean changed = transaction.hasChanged();
    var queued = transaction.queued();
    transaction.end();
    if (broken) {
      throw Errors.EXEC_ABORT;
    }
    if (changed) {
      call.out().nilArray();
      return;
    }
    call.out().array(queued.size());
    for (Transaction.Queued next : queued) {
      var inner = new Call(call.engine(), call.client(), next.facts(), next.args(), true);
      call.engine().run(inner, next.handler());
    }
  }

  private static void watch(Call call) {
    if (call.client().transaction().isOpen()) {
      throw new CommandError("ERR WATCH inside MULTI is not allowed");
    }
    for (int i = 1; i < call.count(); i++) {
      call.client().transaction().watch(call.client(), call.db(), call.arg(i));
    }
    call.out().ok();
  }

  private static void unwatch(Call call) {
    call.client().transaction().unwatch();
    call.out().ok();
  }
}
