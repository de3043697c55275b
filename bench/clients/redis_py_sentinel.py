"""redis-py in its Sentinel mode: SECRET HOST:PORT...

Writes ever larger numbers to the master that the sentinels name. Prints the number of the port at which a write
was acknowledged whenever it is another one than before; goes on until its standard input ends.
"""
import sys
import threading
import time

import redis
from redis.sentinel import Sentinel

secret = sys.argv[1]
sentinels = [(host, int(port)) for host, port in (word.rsplit(":", 1) for word in sys.argv[2:])]
stopping = threading.Event()


def run():
    sentinel = Sentinel(sentinels, socket_timeout=2, sentinel_kwargs={"password": secret, "socket_timeout": 2})
    client = sentinel.master_for("mymaster", redis_class=redis.Redis, socket_timeout=2)
    last = None
    number = 0
    while not stopping.is_set():
        number += 1
        try:
            client.set("redis-py", number)
            port = client.info("server")["tcp_port"]
            if port != last:
                last = port
                print(port, flush=True)
        except redis.RedisError as error:
            print(error, file=sys.stderr, flush=True)
        time.sleep(0.02)


worker = threading.Thread(target=run, daemon=True)
worker.start()
sys.stdin.read()
stopping.set()
worker.join(10)
