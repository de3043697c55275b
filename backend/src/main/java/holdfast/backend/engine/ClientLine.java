package holdfast.backend.engine;

/** One line of CLIENT LIST; what the engine does not know (buffers, descriptor) is 0. */
final class ClientLine {
  private ClientLine() {}

  static String of(Client client, long nowMillis) {
    Transaction transaction = client.transaction();
    var line = new StringBuilder(256);
    line.append("id=").append(client.id());
    line.append(" addr=").append(client.address());
    line.append(" laddr=").append(client.localAddress());
    line.append(" fd=0 name=").append(Words.text(client.name()));
    line.append(" age=").append((nowMillis - client.connectedAtMillis()) / 1000);
    line.append(" idle=").append((nowMillis - client.usedAtMillis()) / 1000);
    line.append(" flags=").append(flags(client));
    line.append(" db=").append(client.database());
    line.append(" sub=").append(client.subscriptions().channels().size());
    line.append(" psub=").append(client.subscriptions().patterns().size());
    line.append(" ssub=").append(client.subscriptions().shardChannels().size());
    line.append(" multi=").append(transaction.isOpen() ? transaction.queued().size() : -1);
    line.append(" qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=0");
    line.append(" tot-mem=0 events=r cmd=").append(client.lastCommand());
    line.append(" user=default redir=-1 resp=").append(client.protocol());
    return line.toString();
  }

  private static String flags(Client client) {
    var flags = new StringBuilder();
    switch (client.kind()) {
      case MASTER -> flags.append('M');
      case REPLICA -> flags.append('S');
      case PUBSUB -> flags.append('P');
      case NORMAL -> {}
    }
    if (client.transaction().isOpen()) {
      flags.append('x');
    }
    if (client.isWaiting()) {
      flags.append('b');
    }
    if (client.isClosing()) {
      flags.append('c');
    }
    if (client.isNoEvict()) {
      flags.append('e');
    }
    return flags.isEmpty() ? "N" : flags.toString();
  }
}
