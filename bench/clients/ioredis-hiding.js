'use strict';
// The mixed load of bench/hiding by ioredis: PREFIX MODE ADDRESS... as redis_py_hiding.py has it.

const Redis = require('ioredis');

const [prefix, mode] = [process.argv[2], process.argv[3]];
const addresses = process.argv.slice(4).map((word) => {
  const colon = word.lastIndexOf(':');
  return { host: word.slice(0, colon), port: Number(word.slice(colon + 1)) };
});
const SCRIPT = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
const PIPELINE = 8;
let stopping = false;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function connect(state) {
  const client = mode === 'direct'
    // A connection that breaks stays broken, and what was in flight fails: nothing is hidden.
    ? new Redis({
      ...addresses[0], retryStrategy: null, maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false,
      autoResubscribe: false, reconnectOnError: null, commandTimeout: 20000,
    })
    : new Redis({
      sentinels: addresses, name: 'mymaster', sentinelRetryStrategy: () => 100, retryStrategy: () => 100,
      reconnectOnError: (error) => error.message.startsWith('READONLY'), commandTimeout: 2000,
    });
  client.on('error', (error) => { if (mode === 'direct') state.errors.push(`connection: ${error.message}`); });
  return client;
}

function all(replies, number) {
  for (const [error] of replies) if (error) throw error;
  return number;
}

// Blocks for a number that is pushed a little later on another connection.
async function queue(client, key, number, state) {
  state.pusher ??= connect(state);
  let failure = null;
  const pushed = pause(20).then(() => state.pusher.rpush(key, number)).catch((error) => { failure = error; });
  let popped = null;
  for (let i = 0; i < 15 && !popped && !failure; i++) popped = await client.blpop(key, 1);
  await pushed;
  if (failure) throw failure;
  if (!popped) throw new Error('what was pushed was not popped');
  return Number(popped[1]);
}

// Publishes numbers, and waits for each at a subscriber of its own, a second at most.
async function channel(client, key, number, state) {
  if (!state.subscriber) {
    state.subscriber = connect(state);
    state.last = 0;
    state.subscriber.on('message', (_, message) => {
      if (Number(message) <= state.last) state.again++;
      state.last = Number(message);
      state.arrived?.();
    });
    await state.subscriber.subscribe(key);
  }
  if (state.subscriber.status === 'end') throw new Error("the subscriber's connection is lost");
  const arrival = new Promise((resolve) => { state.arrived = () => state.last >= number && resolve(); });
  await client.publish(key, number);
  state.arrived();
  await Promise.race([arrival, pause(1000)]);
  if (state.last < number) state.missed++;
  return number;
}

const kinds = {
  set: async (client, key, number) => (await client.set(key, number)) === 'OK' && number,
  pipeline: async (client, key, number) => {
    const pipeline = client.pipeline();
    for (let i = 1; i <= PIPELINE; i++) pipeline.set(key, (number - 1) * PIPELINE + i);
    return all(await pipeline.exec(), number);
  },
  transaction: async (client, key, number) =>
    all(await client.multi().set(key, number).set(`${key}:twin`, number).exec(), number),
  incr: (client, key) => client.incr(key),
  rpush: (client, key, number) => client.rpush(key, number),
  eval: (client, key) => client.eval(SCRIPT, 1, key, 1),
  pop: queue,
  publish: channel,
};

async function run(kind, state) {
  const client = connect(state);
  const key = `${prefix}:${kind}`;
  let [last, failedSince] = [0, 0];
  for (let number = 1; !stopping; number++) {
    try {
      const counted = await kinds[kind](client, key, number, state);
      // What failed before may have been executed or not; a push may come to light much later.
      if (counted <= last || (kind !== 'pop' && counted > last + 1 + failedSince)) state.wrong++;
      last = counted;
      failedSince = 0;
      state.acknowledged++;
    } catch (error) {
      state.failed++;
      failedSince++;
      state.errors.push(`${kind}: ${error.name}: ${error.message}`);
      await pause(50);
    }
    state.markReady();
    await pause(5);
  }
  for (const each of [client, state.pusher, state.subscriber]) each?.disconnect();
}

async function main() {
  const states = {};
  const runs = Object.keys(kinds).map((kind) => {
    const state = { acknowledged: 0, failed: 0, wrong: 0, missed: 0, again: 0, errors: [] };
    state.ready = new Promise((resolve) => { state.markReady = resolve; });
    states[kind] = state;
    return run(kind, state);
  });
  await Promise.all(Object.values(states).map((state) => state.ready));
  console.log('READY');
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.on('end', resolve));
  stopping = true;
  await Promise.all(runs);
  const seen = Object.fromEntries(Object.entries(states).map(([kind, state]) =>
    [kind, {
      acknowledged: state.acknowledged, failed: state.failed, wrong: state.wrong, missed: state.missed, again: state.again,
      errors: state.errors.slice(0, 5),
    }]));
  process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0));
}

main();
