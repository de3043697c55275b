"""The mixed load of bench/hiding by redis-py: PREFIX MODE ADDRESS...

MODE is direct (one address: a proxy) or sentinel (addresses of sentinels). Each connection does one kind of
command on keys of its own, which are PREFIX:kind. Prints READY once each has had an answer, goes on until its
standard input ends, then prints one line of JSON: per kind how many were acknowledged, how many were answered
with an error or not at all, how many replies were other than they had to be, how many messages that were published
with success did not arrive or came again, and the first errors.
"""
import json
import sys
import threading
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

prefix, mode = sys.argv[1], sys.argv[2]
addresses = [(host, int(port)) for host, port in (word.rsplit(":", 1) for word in sys.argv[3:])]
stopping = threading.Event()
SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
PIPELINE = 8


def connect():
    if mode == "direct":
        # One socket, no pool, no retry: an error that the library would hide is to be seen here.
        host, port = addresses[0]
        return redis.Redis(host=host, port=port, single_connection_client=True, socket_timeout=20,
                           retry_on_timeout=False, retry=Retry(NoBackoff(), 0))
    sentinel = Sentinel(addresses, socket_timeout=2)
    return sentinel.master_for("mymaster", redis_class=redis.Redis, socket_timeout=2)


def pipeline(client, key, number):
    with client.pipeline(transaction=False) as pipe:
        for i in range(PIPELINE):
            pipe.set(key, (number - 1) * PIPELINE + i + 1)
        return all(pipe.execute()) and number


def transaction(client, key, number):
    with client.pipeline(transaction=True) as pipe:
        pipe.set(key, number)
        pipe.set(key + ":twin", number)
        return all(pipe.execute()) and number


class Queue:
    """Blocks for a number that is pushed a little later on another connection."""

    def __init__(self):
        self.pusher = None

    def __call__(self, client, key, number):
        self.pusher = self.pusher or connect()
        failure = []
        thread = threading.Thread(target=self.push, args=(key, number, failure), daemon=True)
        thread.start()
        popped = None
        try:
            for _ in range(15):
                popped = client.blpop([key], timeout=1)
                if popped or failure:
                    break
        finally:
            thread.join()  # a connection is one thread's at a time
        if failure:
            raise failure[0]
        if not popped:
            raise redis.RedisError("what was pushed was not popped")
        return int(popped[1])

    def push(self, key, number, failure):
        time.sleep(0.02)
        try:
            self.pusher.rpush(key, number)
        except (redis.RedisError, OSError) as error:
            failure.append(error)


class Channel:
    """Publishes numbers, and waits for each at a subscriber of its own."""

    def __init__(self):
        self.last = self.missed = self.again = 0
        self.arrived = threading.Condition()
        self.messages = None
        self.failure = None

    def __call__(self, client, key, number):
        if self.messages is None:
            self.messages = connect().pubsub(ignore_subscribe_messages=True)
            self.messages.subscribe(key)
            threading.Thread(target=self.listen, daemon=True).start()
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure
        client.publish(key, number)
        with self.arrived:
            if not self.arrived.wait_for(lambda: self.last >= number, 1):
                self.missed += 1
        return number

    def listen(self):
        while not stopping.is_set():
            try:
                message = self.messages.get_message(timeout=1)
            except (redis.RedisError, OSError) as error:
                self.failure = error  # seen by the publisher; the next look connects anew
                time.sleep(0.05)
                continue
            if message:
                with self.arrived:
                    number = int(message["data"])
                    self.again += number <= self.last
                    self.last = number
                    self.arrived.notify_all()


class Kind(threading.Thread):
    """A function of client, key and number, which answers the number that the server counts."""

    def __init__(self, name, call):
        super().__init__(daemon=True)
        self.kind, self.call = name, call
        self.acknowledged = self.failed = self.wrong = 0
        self.errors = []
        self.ready = threading.Event()

    def run(self):
        client = connect()
        key = f"{prefix}:{self.kind}"
        number = last = failed_since = 0
        while not stopping.is_set():
            number += 1
            try:
                counted = self.call(client, key, number)
                # What failed before may have been executed or not; a push may come to light much later.
                if counted <= last or (self.kind != "pop" and counted > last + 1 + failed_since):
                    self.wrong += 1
                last, failed_since = counted, 0
                self.acknowledged += 1
            except (redis.RedisError, OSError) as error:
                self.failed += 1
                failed_since += 1
                self.errors.append(f"{self.kind}: {type(error).__name__}: {error}")
                time.sleep(0.05)
            self.ready.set()
            time.sleep(0.005)


channel = Channel()
kinds = [
    Kind("set", lambda client, key, number: client.set(key, number) and number),
    Kind("pipeline", pipeline),
    Kind("transaction", transaction),
    Kind("incr", lambda client, key, number: client.incr(key)),
    Kind("rpush", lambda client, key, number: client.rpush(key, number)),
    Kind("eval", lambda client, key, number: client.eval(SCRIPT, 1, key, 1)),
    Kind("pop", Queue()),
    Kind("publish", channel),
]
for kind in kinds:
    kind.start()
for kind in kinds:
    kind.ready.wait()
print("READY", flush=True)
sys.stdin.read()
stopping.set()
for kind in kinds:
    kind.join(30)
seen = {kind.kind: {
    "acknowledged": kind.acknowledged, "failed": kind.failed, "wrong": kind.wrong, "missed": 0, "again": 0,
    "errors": kind.errors[:5],
} for kind in kinds}
seen["publish"].update(missed=channel.missed, again=channel.again)
print(json.dumps(seen), flush=True)
