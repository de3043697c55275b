package holdfast.proxy.dispatch;

import java.util.List;

/** What the proxy says of itself as a whole. Any thread. */
@FunctionalInterface
public interface StatusText {
  /** Lines "name:value", as a section of INFO has them. */
  List<String> lines();
}
