package holdfast.proxy.cli;

/** What the process tells its parent. */
final class ExitCode {
  static final int OK = 0;

  /** Something failed at run time. */
  static final int FAILED = 1;

  /** The command line, the configuration or the surroundings (a port, a file) are wrong. */
  static final int USAGE = 2;

  private ExitCode() {}
}
