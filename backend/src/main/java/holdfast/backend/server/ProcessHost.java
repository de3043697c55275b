package holdfast.backend.server;

import holdfast.backend.engine.Host;
import holdfast.backend.time.BootTicker;
import holdfast.backend.time.Ticker;
import org.jspecify.annotations.Nullable;

/** The process as the engine sees it. The loop's thread only. */
final class ProcessHost implements Host {
  private final Ticker ticker;
  private final @Nullable Ticker cpu = BootTicker.processCpu();
  private final int clientsMax;
  private volatile int port;

  ProcessHost(Ticker ticker, int clientsMax) {
    this.ticker = ticker;
    this.clientsMax = clientsMax;
  }

  /** Any thread. */
  void port(int value) {
    port = value;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public long processId() {
    return ProcessHandle.current().pid();
  }

  @Override
  public long usedMemoryBytes() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Override
  public long nowNanos() {
    return ticker.nowNanos();
  }

  @Override
  public long cpuNanos() {
    return cpu == null ? 0 : cpu.nowNanos();
  }

  @Override
  public void sleepMillis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public int clientsMax() {
    return clientsMax;
  }
}
