import { chmodSync, cpSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { installEmbedded } from '../../../tools/embedded-mongodb/install.ts';
import { findProgram } from '../../../tools/programs.ts';

const sources = fileURLToPath(new URL('../../../tools/embedded-mongodb', import.meta.url));
const javac = findProgram('javac');
const skip = javac ? false : 'no JDK';
const { PATH: path, JAVA_HOME: home = '' } = process.env;
t.afterEach(() => {
  Object.assign(process.env, { PATH: path, JAVA_HOME: home });
});

/** A folder with a program that does what the script says. */
function program(folder: string, name: string, script: string): string {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

t.test('a download that differs from its checksum is refused and not kept', { skip }, async (t) => {
  const folder = t.testdir({ cache: {} });
  const download =
    'for a; do case $a in -DoutputDirectory=*) echo bad > "$' + '{a#*=}/h2-2.3.232.jar" ;; esac; done';
  process.env.PATH = [program(folder, 'mvn', download), path].join(':');
  const cache = join(folder, 'cache');
  await t.rejects(installEmbedded({ sources, cache }), {
    name: 'EmbeddedMissing',
    message: /h2-2\.3\.232\.jar is not the file that SHA256SUMS names/,
  });
  t.same(readdirSync(cache), []);
});

t.test('a jar that was changed in the cache is refused', { skip }, async (t) => {
  const cache = t.testdir();
  const { classpath } = await installEmbedded();
  const jars = dirname(classpath.split(':')[0]!);
  const copy = join(cache, jars.split('/').at(-1)!);
  cpSync(jars, copy, { recursive: true });
  writeFileSync(join(copy, readdirSync(copy)[0]!), 'changed');
  await t.rejects(installEmbedded({ cache }), { message: /is not the file that SHA256SUMS names/ });
});

t.test('without Maven the line says what to install', { skip }, async (t) => {
  const folder = t.testdir({ cache: {} });
  for (const name of ['java', 'javac']) program(folder, name, `exec ${findProgram(name, path)} "$@"`);
  process.env.PATH = folder;
  const cache = join(folder, 'cache');
  await t.rejects(installEmbedded({ cache }), { message: /^no Maven .* install it \(Debian: maven\)$/ });
});

t.test('without a JDK the line says what to install', async (t) => {
  process.env.PATH = t.testdir();
  process.env.JAVA_HOME = '';
  await t.rejects(installEmbedded(), {
    message: 'no JDK: install a JDK, 17 or newer (Debian: default-jdk-headless)',
  });
});
