'use strict';
// A load by ioredis with its retries off: HOST PORT CONNECTIONS.
//
// Each connection has a key of its own, writes ever larger numbers to it and reads it back. Prints READY
// once every connection has written, goes on until its standard input ends, then prints one line of JSON:
// writes, reads, errors (count and the first texts), the longest time in ms in which a connection waited
// for one reply, and per key the last number that was acknowledged.

const Redis = require('ioredis');

const [host, port, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
let stopping = false;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function connect(state) {
  // A connection that breaks stays broken, and what was in flight fails: nothing is hidden.
  const client = new Redis({
    host, port,
    retryStrategy: null,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    reconnectOnError: null,
    commandTimeout: 20000,
  });
  client.on('error', (error) => state.errors.push(`connection: ${error.message}`));
  return client;
}

async function run(state) {
  const client = connect(state);
  const timed = async (promise) => {
    const began = process.hrtime.bigint();
    try {
      return await promise;
    } finally {
      state.longest = Math.max(state.longest, Number(process.hrtime.bigint() - began) / 1e6);
    }
  };
  for (let number = 1; !stopping; number++) {
    try {
      await timed(client.set(state.key, number));
      state.writes++;
      state.acknowledged = number;
      const value = await timed(client.get(state.key));
      state.reads++;
      if (value === null || Number(value) < number) state.behind++;
    } catch (error) {
      state.errors.push(`${error.name}: ${error.message}`);
      await pause(100);
    }
    state.markReady();
    await pause(5);
  }
  client.disconnect();
}

const states = Array.from({ length: count }, (_, number) => {
  const state = {
    key: `ioredis:${number}`,
    writes: 0, reads: 0, behind: 0, acknowledged: 0, longest: 0, errors: [],
  };
  state.ready = new Promise((resolve) => { state.markReady = resolve; });
  return state;
});
const sum = (field) => states.reduce((total, state) => total + state[field], 0);

async function main() {
  const runs = states.map(run);
  await Promise.all(states.map((state) => state.ready));
  console.log('READY');
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.on('end', resolve));
  stopping = true;
  await Promise.all(runs);
  const errors = states.flatMap((state) => state.errors);
  const seen = JSON.stringify({
    writes: sum('writes'),
    reads: sum('reads'),
    behind: sum('behind'),
    longestMillis: Math.round(Math.max(...states.map((state) => state.longest))),
    errorCount: errors.length,
    errors: errors.slice(0, 10),
    acknowledged: Object.fromEntries(states.map((state) => [state.key, state.acknowledged])),
  });
  // The timers of commandTimeout would keep the process for their 20 s.
  process.stdout.write(seen + '\n', () => process.exit(0));
}

main();
