"""A load by redis-py with its retries off: HOST PORT CONNECTIONS.

Each connection has a key of its own, writes ever larger numbers to it and reads it back. Prints READY
once every connection has written, goes on until its standard input ends, then prints one line of JSON:
writes, reads, errors (count and the first texts), the longest time in ms in which a connection waited
for one reply, and per key the last number that was acknowledged.
"""
import json
import sys
import threading
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
stopping = threading.Event()


class Connection(threading.Thread):
    def __init__(self, number):
        super().__init__(daemon=True)
        self.key = f"redis-py:{number}"
        self.writes = self.reads = self.acknowledged = self.behind = 0
        self.longest = 0.0
        self.errors = []
        self.ready = threading.Event()

    def run(self):
        # One socket, no pool, no retry: an error that the library would hide is to be seen here.
        client = redis.Redis(
            host=host, port=port, single_connection_client=True,
            socket_timeout=20, retry_on_timeout=False, retry=Retry(NoBackoff(), 0))
        number = 0
        while not stopping.is_set():
            number += 1
            try:
                self.timed(lambda: client.set(self.key, number))
                self.writes += 1
                self.acknowledged = number
                value = self.timed(lambda: client.get(self.key))
                self.reads += 1
                if value is None or int(value) < number:
                    self.behind += 1
            except redis.RedisError as error:
                self.errors.append(f"{type(error).__name__}: {error}")
                time.sleep(0.1)
            self.ready.set()
            time.sleep(0.005)

    def timed(self, call):
        began = time.monotonic()
        try:
            return call()
        finally:
            self.longest = max(self.longest, time.monotonic() - began)


connections = [Connection(number) for number in range(count)]
for connection in connections:
    connection.start()
for connection in connections:
    connection.ready.wait()
print("READY", flush=True)
sys.stdin.read()
stopping.set()
for connection in connections:
    connection.join(30)
errors = [error for connection in connections for error in connection.errors]
print(json.dumps({
    "writes": sum(connection.writes for connection in connections),
    "reads": sum(connection.reads for connection in connections),
    "behind": sum(connection.behind for connection in connections),
    "longestMillis": round(1000 * max(connection.longest for connection in connections)),
    "errorCount": len(errors),
    "errors": errors[:10],
    "acknowledged": {connection.key: connection.acknowledged for connection in connections},
}), flush=True)
