package holdfast.proxy.dispatch;

import holdfast.backend.resp.RespWriter;
import holdfast.proxy.session.Tracking;
import holdfast.proxy.session.Tracking.Asked;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CLIENT TRACKING and what belongs to it, in Redis's words and the order of its checks. Source:
 * Redis {@code networking.c} clientCommand. One loop's thread.
 */
final class TrackingCommand {
  private static final String SYNTAX = "ERR syntax error";
  private static final String NOT_INTEGER = "ERR value is not an integer or out of range";
  private static final int OPTION_AT = 3;

  private final ProxyLoop loop;
  private final ClientConnection client;

  TrackingCommand(ProxyLoop loop, ClientConnection client) {
    this.loop = loop;
    this.client = client;
  }

  private boolean error(String text) {
    client.replies().localError(text);
    return true;
  }

  private boolean ok() {
    client.replies().writer().ok();
    client.replies().localReply();
    return true;
  }

  /** CLIENT TRACKING ON or OFF; false: it waits. */
  boolean tracking(RequestView request) {
    boolean broadcast = false;
    boolean optIn = false;
    boolean optOut = false;
    boolean noLoop = false;
    long redirect = 0;
    List<byte[]> prefixes = new ArrayList<>();
    for (int at = OPTION_AT; at < request.count(); at++) {
      boolean hasValue = at + 1 < request.count();
      if (request.is(at, "redirect") && hasValue) {
        at++;
        String refusal = ofRedirect(request.number(at), redirect);
        if (refusal != null) {
          return error(refusal);
        }
        redirect = request.number(at);
      } else if (request.is(at, "bcast")) {
        broadcast = true;
      } else if (request.is(at, "optin")) {
        optIn = true;
      } else if (request.is(at, "optout")) {
        optOut = true;
      } else if (request.is(at, "noloop")) {
        noLoop = true;
      } else if (request.is(at, "prefix") && hasValue) {
        prefixes.add(request.bytes(++at));
      } else {
        return error(SYNTAX);
      }
    }
    if (request.is(2, "off")) {
      return client.tracking().turnOff() && ok();
    }
    if (!request.is(2, "on")) {
      return error(SYNTAX);
    }
    var asked = new Asked(broadcast, optIn, optOut, noLoop, redirect, prefixes);
    String refusal = client.tracking().state().refusal(asked);
    return refusal == null ? client.tracking().turnOn(asked) : error(refusal);
  }

  private @Nullable String ofRedirect(long id, long redirect) {
    if (redirect != 0) {
      return "ERR A client can only redirect to a single other client";
    }
    if (id == Long.MIN_VALUE) {
      return NOT_INTEGER;
    }
    return loop.clients().byId(id) == null
        ? "ERR The client ID you want redirect to does not exist"
        : null;
  }

  /** CLIENT CACHING YES or NO. */
  boolean caching(RequestView request) {
    ClientTracking tracking = client.tracking();
    boolean yes = request.is(2, "yes");
    if (tracking.isOn() && !yes && !request.is(2, "no")) {
      return error(SYNTAX);
    }
    String refusal = tracking.caching(yes);
    return refusal == null ? ok() : error(refusal);
  }

  /** CLIENT GETREDIR. */
  boolean redirect() {
    client.replies().writer().integer(client.tracking().state().redirect());
    client.replies().localReply();
    return true;
  }

  /** CLIENT TRACKINGINFO. */
  boolean info() {
    Tracking state = client.tracking().state();
    RespWriter out = client.replies().writer();
    List<String> flags = state.flags();
    out.map(3).bulk("flags").set(flags.size());
    flags.forEach(out::bulk);
    List<byte[]> prefixes = state.prefixes();
    out.bulk("redirect").integer(state.redirect()).bulk("prefixes").array(prefixes.size());
    prefixes.forEach(out::bulk);
    client.replies().localReply();
    return true;
  }
}
