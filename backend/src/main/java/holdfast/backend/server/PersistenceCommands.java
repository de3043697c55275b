package holdfast.backend.server;

import holdfast.backend.engine.Call;
import holdfast.backend.engine.CommandError;
import holdfast.backend.engine.ConfigTable;
import holdfast.backend.engine.Engine;
import holdfast.backend.engine.Errors;
import holdfast.backend.engine.InfoReport;
import holdfast.backend.server.PersistenceSettings.Fsync;
import holdfast.backend.server.PersistenceSettings.SaveRule;
import holdfast.backend.store.AppendLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE and SHUTDOWN, the section "persistence" of INFO, and the
 * parameters of CONFIG. Source: Redis {@code rdb.c}, {@code aof.c}, {@code db.c}.
 */
final class PersistenceCommands {
  private static final Logger LOG = LoggerFactory.getLogger(PersistenceCommands.class);

  private final Persistence persistence;
  private final Runnable shutdown;

  /**
   * @param shutdown ends the server; returns at once
   */
  PersistenceCommands(Persistence persistence, Runnable shutdown) {
    this.persistence = persistence;
    this.shutdown = shutdown;
  }

  void register(Engine engine) {
    engine.register("save", this::save);
    engine.register("bgsave", this::saveBeside);
    engine.register("bgrewriteaof", this::rewrite);
    engine.register(
        "lastsave", call -> call.out().integer(persistence.saves().lastSaveMillis() / 1000));
    engine.register("shutdown", this::shutDown);
    engine.info().section("persistence", this::info);
    configure(engine.config());
  }

  private void save(Call call) {
    if (persistence.saves().isSaving()) {
      throw new CommandError("ERR Background save already in progress");
    }
    try {
      persistence.saves().saveNow();
    } catch (IOException e) {
      LOG.error("SAVE failed: {}", e.getMessage());
      throw new CommandError("ERR " + e.getMessage());
    }
    call.out().ok();
  }

  private void saveBeside(Call call) {
    if (call.count() > 2 || (call.count() == 2 && !call.is(1, "schedule"))) {
      throw Errors.SYNTAX;
    }
    if (persistence.settings().folder() == null) {
      throw new CommandError("ERR no data folder is set");
    }
    if (!persistence.saves().saveBeside()) {
      throw new CommandError("ERR Background save already in progress");
    }
    call.out().simple("Background saving started");
  }

  private void rewrite(Call call) {
    LogWriter log = persistence.logWriter();
    if (log == null) {
      throw new CommandError("ERR the append-only file is off");
    }
    if (!log.rewrite()) {
      throw new CommandError("ERR Background append only file rewriting already in progress");
    }
    call.out().simple("Background append only file rewriting started");
  }

  private void shutDown(Call call) {
    boolean save = false;
    for (int at = 1; at < call.count(); at++) {
      if (call.is(at, "abort")) {
        throw new CommandError("ERR No shutdown in progress.");
      }
      if (call.is(at, "save")) {
        save = true;
      } else if (!call.is(at, "nosave") && !call.is(at, "now") && !call.is(at, "force")) {
        throw Errors.SYNTAX;
      }
    }
    if (save && persistence.isLoaded()) {
      save(call);
    }
    LOG.info("SHUTDOWN by {}", call.client().address());
    shutdown.run();
  }

  private void info(InfoReport.Section section) {
    AppendLog log = persistence.log();
    LogWriter writer = persistence.logWriter();
    section
        .put("loading", persistence.isLoaded() ? 0 : 1)
        .put("async_loading", 0)
        .put("rdb_changes_since_last_save", persistence.saves().changes())
        .put("rdb_bgsave_in_progress", persistence.saves().isSaving() ? 1 : 0)
        .put("rdb_last_save_time", persistence.saves().lastSaveMillis() / 1000)
        .put("rdb_last_bgsave_status", persistence.saves().problem() == null ? "ok" : "err")
        .put("aof_enabled", log == null ? 0 : 1)
        .put("aof_rewrite_in_progress", writer != null && writer.isRewriting() ? 1 : 0)
        .put("aof_rewrite_scheduled", 0)
        .put(
            "aof_last_bgrewrite_status", writer == null || writer.isRewriteHealthy() ? "ok" : "err")
        .put("aof_last_write_status", persistence.isLogHealthy() ? "ok" : "err");
    if (log != null && persistence.isLoaded()) {
      section
          .put("aof_current_size", log.baseBytes() + log.incrementBytes())
          .put("aof_base_size", log.baseBytes())
          .put("aof_buffer_length", log.unwrittenBytes());
    }
  }

  private void configure(ConfigTable table) {
    PersistenceSettings settings = persistence.settings();
    Path folder = settings.folder();
    table.constant("dir", folder == null ? "" : folder.toAbsolutePath().toString());
    table.constant("dbfilename", "dump.rdb");
    table.constant("appendonly", settings.appendOnly() ? "yes" : "no");
    table.constant("appendfilename", "appendonly.aof");
    table.constant("appenddirname", "appendonlydir");
    table.constant("auto-aof-rewrite-percentage", Integer.toString(settings.rewritePercent()));
    table.constant("auto-aof-rewrite-min-size", Long.toString(settings.rewriteMinBytes()));
    table.constant("stop-writes-on-bgsave-error", "yes");
    table.constant("save", show(settings));
    table.add(
        "appendfsync",
        () -> persistence.fsync().name().toLowerCase(Locale.ROOT),
        text -> persistence.fsync(fsync(text)));
  }

  private static String show(PersistenceSettings settings) {
    return settings.saveRules().stream()
        .map((SaveRule rule) -> rule.seconds() + " " + rule.changes())
        .collect(Collectors.joining(" "));
  }

  private static Fsync fsync(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "always" -> Fsync.ALWAYS;
      case "everysec" -> Fsync.EVERYSEC;
      case "no" -> Fsync.NO;
      default ->
          throw new IllegalArgumentException(
              "argument(s) must be one of the following: always, everysec, no");
    };
  }
}
