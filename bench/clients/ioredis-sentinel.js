'use strict';
// ioredis in its Sentinel mode: SECRET HOST:PORT...
//
// Writes ever larger numbers to the master that the sentinels name. Prints the number of the port at which a write
// was acknowledged whenever it is another one than before; goes on until its standard input ends.

const Redis = require('ioredis');

const sentinels = process.argv.slice(3).map((word) => {
  const colon = word.lastIndexOf(':');
  return { host: word.slice(0, colon), port: Number(word.slice(colon + 1)) };
});
const client = new Redis({
  sentinels,
  name: 'mymaster',
  sentinelPassword: process.argv[2],
  sentinelRetryStrategy: () => 100,
  retryStrategy: () => 100,
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  failoverDetector: true,
  commandTimeout: 2000,
});
client.on('error', (error) => console.error(`connection: ${error.message}`));

async function run() {
  let last = null;
  for (let number = 1; ; number++) {
    try {
      await client.set('ioredis', number);
      const port = /tcp_port:(\d+)/.exec(await client.info('server'))[1];
      if (port !== last) {
        last = port;
        console.log(port);
      }
    } catch (error) {
      console.error(error.message);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
run();
