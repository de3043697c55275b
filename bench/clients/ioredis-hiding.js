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
};

async function run(kind, state) {
  const client = connect(state);
  const key = `${prefix}:${kind}`;
  let [last, failedSince] = [0, 0];
  for (let number = 1; !stopping; number++) {
    try {
      const counted = await kinds[kind](client, key, number);
      // What failed before may have been executed or not.
      if (!(last < counted && counted <= last + 1 + failedSince)) state.wrong++;
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
  client.disconnect();
}

async function main() {
  const states = {};
  const runs = Object.keys(kinds).map((kind) => {
    const state = { acknowledged: 0, failed: 0, wrong: 0, errors: [] };
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
    [kind, { acknowledged: state.acknowledged, failed: state.failed, wrong: state.wrong, errors: state.errors.slice(0, 5) }]));
  process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0));
}

main();
