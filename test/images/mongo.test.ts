/** The image of MongoDB that loads the dataset on its first start. Here its base may be a stand-in (docs/images.md). */
import { execFile } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { until } from '../support/until.ts';
import { asRoot, type Container, image, noContainers, run } from './support/container.ts';

/** The user mongodb of the official image. */
const MONGODB = 999;
const { count } = JSON.parse(readFileSync(new URL('../../data/restaurants.json', import.meta.url), 'utf8'));

/** How many records a server has, asked from within its network, once it listens on more than 127.0.0.1. */
function records(container: Container): Promise<string> {
  const ask = `
    const { MongoClient } = require('mongodb');
    const client = new MongoClient('mongodb://127.0.0.2:27017', { serverSelectionTimeoutMS: 500 });
    client.db('records').collection('records').countDocuments().then(console.log).finally(() => client.close());
  `;
  const answer = async () => {
    const inNetwork = ['nsenter', `--target=${container.pid()}`, '--net', process.execPath, '--eval', ask];
    return (await promisify(execFile)(...asRoot(...inNetwork))).stdout.trim();
  };
  return until(answer, 'the server listening', 60_000);
}

function start(t: Test, data: string): Container {
  const volumes = { '/data/db': data };
  return run(t, image('records-mongo'), { user: MONGODB, volumes, ownNetwork: true });
}

t.test('the first start loads the dataset, a later one finds it', { skip: noContainers }, async (t) => {
  const data = t.testdir();
  chownSync(data, MONGODB, MONGODB);
  const first = start(t, data);
  t.equal(await records(first), String(count));
  t.match(first.stdout() + first.stderr(), /seeding restaurants/, 'by the seeder');
  first.signal('TERM');
  await first.exited;

  const second = start(t, data);
  t.equal(await records(second), String(count));
  t.notMatch(second.stdout() + second.stderr(), /seeding restaurants/, 'without the seeder');
  second.signal('TERM');
  await second.exited;
});
