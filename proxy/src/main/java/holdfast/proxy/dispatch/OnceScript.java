package holdfast.proxy.dispatch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The scripts that run a command and keep its reply in the same step: its effect and the field that
 * holds the reply reach a replica together or not at all. Asked again under the same number they
 * answer what is kept and run nothing, so that a command that may have been executed can be sent
 * again as it is.
 *
 * <p>KEYS[1] is the hash of the link that the command was first sent on, ARGV[1] the field, ARGV[2]
 * the number. Lua's numbers are exact up to 2^53 only; beyond, the value is read as text, and
 * {@link OnceReplies} makes an integer of it.
 */
final class OnceScript {
  /** Before the digits of an integer that Lua cannot hold. */
  static final char INTEGER = '#';

  /** A longer reply is not kept: only that the command was executed. */
  private static final int REPLY_BYTES_MAX = 16 * 1024;

  private static final String NOT_KEPT =
      "MASTERDOWN the command was executed, but its reply was lost with the link to the master and"
          + " too long to be kept";

  private static final String LOOK_UP =
      "local __d=redis.call('HGET',__k,__f) if __d and string.sub(__d,1,#__s+1)==__s..' ' then"
          + " __d=string.sub(__d,#__s+2) if __d=='' then return {err='"
          + NOT_KEPT
          + "'} end return cmsgpack.unpack(__d) end ";

  private static final String KEEP =
      "local __p=cmsgpack.pack(__r) if #__p>"
          + REPLY_BYTES_MAX
          + " then __p='' end redis.pcall('HSET',__k,__f,__s..' '..__p) return __r";

  private static final String COMMAND =
      "local __k,__f,__s=KEYS[1],ARGV[1],ARGV[2] "
          + LOOK_UP
          + "%s local __r=redis.pcall(unpack(ARGV,3))"
          + " if type(__r)=='number' and (__r>=2^53 or __r<=-2^53) then"
          + " if string.lower(ARGV[3])=='hincrby'"
          + " then __r={ok='#'..redis.call('HGET',ARGV[4],ARGV[5])}"
          + " else __r={ok='#'..redis.call('GET',ARGV[4])} end end "
          + KEEP;

  private static final byte[] BEFORE_BODY =
      bytes(
          "local __s=table.remove(ARGV) local __f=table.remove(ARGV) local __k=table.remove(KEYS) "
              + LOOK_UP
              + "local function __b() ");

  private static final byte[] RESP2 = bytes(COMMAND.formatted(""));
  private static final byte[] RESP3 = bytes(COMMAND.formatted("redis.setresp(3)"));
  private static final byte[] DIGEST2 = bytes(ScriptDigest.of(RESP2).hex());
  private static final byte[] DIGEST3 = bytes(ScriptDigest.of(RESP3).hex());

  private OnceScript() {}

  /** What a script's error says is put together as Redis does it, with the script's own name. */
  private static String afterBody(String digest) {
    return "\nend local __o,__r=xpcall(__b,function(e) return e end) if not __o then"
        + " local __e=__r if type(__e)~='table' then __e={err='ERR '..tostring(__e),"
        + "line=string.match(tostring(__e),'user_script:(%d+)')} end"
        + " __r={err=string.gsub(tostring(__e.err),'[\\r\\n]',' ')..' script: "
        + digest
        + ", on '..tostring(__e.source or '@user_script')..':'..tostring(__e.line or 1)..'.'} end ";
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The one that runs a command, for links of this protocol. */
  static byte[] body(int protocol) {
    return protocol == 2 ? RESP2 : RESP3;
  }

  /** Its SHA1 in hex. */
  static byte[] digest(int protocol) {
    return protocol == 2 ? DIGEST2 : DIGEST3;
  }

  /** The body of a digest, if it is one of ours. */
  static byte @Nullable [] find(ScriptDigest digest) {
    byte[] hex = bytes(digest.hex());
    return Arrays.equals(hex, DIGEST2) ? RESP2 : Arrays.equals(hex, DIGEST3) ? RESP3 : null;
  }

  /**
   * A client's script with the same around it; field and number are then its last arguments, the
   * hash its last key. Null if its head says how it is to be run.
   */
  static byte @Nullable [] around(byte[] body) {
    if (body.length > 1 && body[0] == '#' && body[1] == '!') {
      return null;
    }
    var all = new ByteArrayOutputStream(body.length + 1024);
    all.writeBytes(BEFORE_BODY);
    all.writeBytes(body);
    all.writeBytes(bytes(afterBody(ScriptDigest.of(body).hex())));
    all.writeBytes(bytes(KEEP));
    return all.toByteArray();
  }

  /** Whether a request runs a client's script in this way. */
  static boolean isAround(RequestView request) {
    if (request.count() < 2 || request.length(1) < BEFORE_BODY.length) {
      return false;
    }
    for (int i = 0; i < BEFORE_BODY.length; i++) {
      if (request.byteAt(1, i) != BEFORE_BODY[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a request runs a command in this way. */
  static boolean isCommand(RequestView request) {
    return request.count() > 2 && (is(request, DIGEST2) || is(request, DIGEST3));
  }

  private static boolean is(RequestView request, byte[] digest) {
    if (request.length(1) != digest.length) {
      return false;
    }
    for (int i = 0; i < digest.length; i++) {
      if (request.byteAt(1, i) != digest[i]) {
        return false;
      }
    }
    return true;
  }
}
