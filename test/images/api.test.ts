/** The service's own tests of the API, with the image in the place of the sources. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { noContainers } from './support/container.ts';

/** Those that ask over HTTP alone; the others look inside the process. */
const FILES = [
  'records/get-record',
  'records/list-records',
  'records/paging',
  'files/delete-file',
  'files/download-file',
  'files/list-files',
];
/** A container for each test takes longer than an app in this process. Milliseconds. */
t.setTimeout(600_000);

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const register = new URL('support/register.ts', import.meta.url).href;

for (const file of FILES) {
  t.test(`${file} passes against the image`, { skip: noContainers }, async (t) => {
    const test = path(`../../service/test/${file}.test.ts`);
    const env = { ...process.env, TAP_TIMEOUT: '300' };
    const { status, stdout } = spawnSync(process.execPath, ['--import', register, test], {
      encoding: 'utf8',
      env,
    });
    t.equal(status, 0, stdout.replaceAll(/^ *ok .*\n/gm, '').slice(0, 3000));
  });
}
