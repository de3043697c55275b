package holdfast.backend.resp;

/** A peer sent what is no RESP, or more than the limits allow. */
public final class RespProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RespProtocolException(String message) {
    super(message);
  }
}
