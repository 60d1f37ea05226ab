/**
 * Measures the list of 100 and the record by id beside the plainest handler: processor time of the server a request,
 * in interleaved rounds, so that the ratio holds on a noisy machine. Needs MONGODB_URI (`make bench` gives one).
 * Usage: node service/bench/run.ts [--rounds N] [--requests N]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { BSON, type Document, MongoClient } from 'mongodb';
import { freePort } from '../../tools/free-port.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, requests: { type: 'string', default: '1500' } },
});
const rounds = Number(values.rounds);
const requests = Number(values.requests);
const CONNECTIONS = 8;
const database = `bench_${process.pid}`;

interface Usage {
  cpu: NodeJS.CpuUsage;
  rss: number;
}
interface Peer {
  name: string;
  port: number;
  child: ChildProcess;
}

async function start(name: string, module: string): Promise<Peer> {
  const port = await freePort();
  const env = {
    ...process.env,
    MONGODB_DATABASE: database,
    PORT: String(port),
    METRICS_PORT: '0',
    HOST: '127.0.0.1',
  };
  const child = fork(new URL('server.ts', import.meta.url), [module], {
    env: { ...env, LOG_LEVEL: 'info', SHUTDOWN_DELAY_MS: '0' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const deadline = Date.now() + 10_000;
  while (
    !(await fetch(`http://127.0.0.1:${port}/api/v1/records?limit=1`).then(
      (r) => r.ok,
      () => false,
    ))
  ) {
    if (Date.now() > deadline) throw new Error(`${name} does not answer`);
    await delay(50);
  }
  return { name, port, child };
}

async function usage({ child }: Peer): Promise<Usage> {
  child.send('usage');
  const [answer] = (await once(child, 'message')) as [Usage];
  return answer;
}

/** Processor time of the server for one request, microseconds. */
async function measure(peer: Peer, path: string, amount: number): Promise<{ cpu: number; rps: number }> {
  const before = await usage(peer);
  const result = await autocannon({
    url: `http://127.0.0.1:${peer.port}${path}`,
    connections: CONNECTIONS,
    amount,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${peer.name} failed on ${path}`);
  const after = await usage(peer);
  const cpu = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return { cpu: cpu / amount, rps: result.requests.average };
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

const client = await new MongoClient(process.env.MONGODB_URI!).connect();
const lines = readFileSync(new URL('../../data/restaurants.ndjson', import.meta.url), 'utf8')
  .split('\n')
  .slice(0, 1000);
const documents = lines.map((line): Document => BSON.EJSON.parse(line));
await client.db(database).collection('records').insertMany(documents);
const peers = [await start('plain', './plain.ts'), await start('records', '../src/main.ts')];
const scenarios = [
  { name: 'list of 100', path: '/api/v1/records?limit=100', amount: requests },
  { name: 'record by id', path: `/api/v1/records/${documents[500]!._id}`, amount: requests * 4 },
];

try {
  for (const { name, path, amount } of scenarios) {
    const cpu: Record<string, number[]> = Object.fromEntries(peers.map(({ name }) => [name, []]));
    const ratios: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const results: Record<string, number> = {};
      // The order changes from round to round; the first round only warms up.
      for (const peer of round % 2 ? peers : peers.toReversed())
        results[peer.name] = (await measure(peer, path, amount)).cpu;
      if (round === 0) continue;
      for (const peer of peers) cpu[peer.name]!.push(results[peer.name]!);
      ratios.push(results.plain! / results.records!);
    }
    const figures = peers.map((peer) => `${peer.name} ${median(cpu[peer.name]!).toFixed(0)} µs`).join(', ');
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    console.log(
      `${name}: processor time a request: ${figures}; plain / records ${median(ratios).toFixed(2)} (${spread})`,
    );
  }
  for (const peer of peers)
    console.log(`${peer.name}: resident ${((await usage(peer)).rss / 1e6).toFixed(0)} MB after the load`);
} finally {
  for (const { child } of peers) child.disconnect();
  await client.db(database).dropDatabase();
  await client.close();
}
