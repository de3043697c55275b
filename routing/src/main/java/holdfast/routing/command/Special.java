package holdfast.routing.command;

/** Commands that the proxy treats by name, and how: proxy/COMMANDS.md is made of this. */
public enum Special {
  NONE(""),
  MULTI("takes a link of the client's own until EXEC or DISCARD; moved to the next master"),
  EXEC("ends it; what concerns the connection itself is run here, in its place among the replies"),
  DISCARD("ends it"),
  WATCH(
      "takes a link of the client's own until EXEC or UNWATCH; lost with its master, EXEC is nil"),
  UNWATCH("ends it"),
  SUBSCRIBE(
      "on a link that all subscribers of a loop, protocol and user share; subscribed again at the next master"),
  PSUBSCRIBE(
      "on a link that all subscribers of a loop, protocol and user share; subscribed again at the next master"),
  SSUBSCRIBE(
      "on a link that all subscribers of a loop, protocol and user share; subscribed again at the next master"),
  UNSUBSCRIBE(
      "the server hears of it when nobody wants the channel; answered here if nothing is subscribed to"),
  PUNSUBSCRIBE(
      "the server hears of it when nobody wants the channel; answered here if nothing is subscribed to"),
  SUNSUBSCRIBE(
      "the server hears of it when nobody wants the channel; answered here if nothing is subscribed to"),
  MONITOR("a link of the client's own; shows what the master does, with the proxy's addresses"),
  WAIT("a link of its own, after all writes that the client sent"),
  PING("passed to the master: who sends it wants to know whether the server answers"),
  INFO("the master's, and a section of the proxy's own"),
  HELLO("answered here; the protocol is the client's, whichever its links speak"),
  AUTH("checked here, or by the master with `proxy.auth = backend`"),
  SELECT("kept here; each database has its links"),
  CLIENT("about the proxy's clients"),
  QUIT("answered here, after what is under way"),
  RESET("answered here; the client's own link is closed, its subscriptions and tracking end"),
  ROLE("master, without replicas: to a client there is one Redis"),
  CLUSTER("the error that there is no cluster, whatever stands behind the proxy"),
  HOLDFAST("the proxy's own: READS, STATUS, HELP"),
  SCAN("cursors name the server that gave them; where it is no longer master, begins again at 0"),
  EVAL("the script's body is kept, bounded, and loaded at the next master"),
  EVALSHA("the script is loaded before the next master takes commands, and on NOSCRIPT"),
  SCRIPT_LOAD("the script's body is kept, bounded, and loaded at the next master"),
  SCRIPT_FLUSH("the bodies kept here are forgotten too");

  private final String how;

  Special(String how) {
    this.how = how;
  }

  /** Whether it may show a script's body, or have bodies forgotten. */
  public boolean isScript() {
    return this == EVAL || this == SCRIPT_LOAD || this == SCRIPT_FLUSH;
  }

  /** What is done with it, in a few words. */
  public String how() {
    return how;
  }
}
