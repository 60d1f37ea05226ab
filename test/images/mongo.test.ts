/** The image of MongoDB that loads the dataset on its first start. Here its base may be a stand-in (docs/images.md). */
import { execFile } from 'node:child_process';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { until } from '../support/until.ts';
import { asRoot, type Container, image, noContainers, run } from './support/container.ts';

/** The user mongodb of the official image. */
const MONGODB = 999;
const { count } = JSON.parse(readFileSync(new URL('../../data/restaurants.json', import.meta.url), 'utf8'));

/** How many records a server has, asked from within its network; undefined until it listens on more than 127.0.0.1. */
async function records(container: Container): Promise<number | undefined> {
  if (!existsSync(container.pidFile)) return undefined;
  const ask = `
    const { MongoClient } = require('mongodb');
    const client = new MongoClient('mongodb://127.0.0.2:27017', { serverSelectionTimeoutMS: 500 });
    client.db('records').collection('records').countDocuments().then(console.log).finally(() => client.close());
  `;
  const inNetwork = ['nsenter', `--target=${container.pid()}`, '--net', process.execPath, '--eval', ask];
  return promisify(execFile)(...asRoot(...inNetwork)).then(
    ({ stdout }) => Number(stdout),
    () => undefined,
  );
}

function start(t: Test, data: string): Container {
  const volumes = { '/data/db': data };
  return run(t, image('records-mongo'), { user: MONGODB, volumes, ownNetwork: true });
}

/** Waits until the server of a container listens; gives how many records it has. */
async function listening(container: Container): Promise<number | undefined> {
  let found: number | undefined;
  const listens = async () => {
    found = await records(container);
    return found !== undefined;
  };
  await until(listens, 'the server listening', 60_000);
  return found;
}

t.test('the first start loads the dataset, a later one finds it', { skip: noContainers }, async (t) => {
  const data = t.testdir();
  chownSync(data, MONGODB, MONGODB);
  const first = start(t, data);
  t.equal(await listening(first), count);
  t.match(first.stdout() + first.stderr(), /seed|records/i, 'by the seeder');
  first.signal('TERM');
  await first.exited;

  const second = start(t, data);
  t.equal(await listening(second), count);
  t.notMatch(second.stdout() + second.stderr(), /restaurants\.ndjson/, 'without the seeder');
  second.signal('TERM');
  await second.exited;
});
