package holdfast.proxy.cli;

/** Sets the log on standard error up; to be called before the first logger is made. */
final class Log {
  private static final String PREFIX = "org.slf4j.simpleLogger.";

  private Log() {}

  /** Logs from this level on, unless a system property says otherwise already. */
  static void configure(String level) {
    set("showDateTime", "true");
    set("dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
    set("showThreadName", "false");
    set("showShortLogName", "true");
    set("levelInBrackets", "false");
    set("log.io.netty", "warn");
    System.setProperty(PREFIX + "defaultLogLevel", level);
  }

  private static void set(String name, String value) {
    if (System.getProperty(PREFIX + name) == null) {
      System.setProperty(PREFIX + name, value);
    }
  }
}
