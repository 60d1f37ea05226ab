import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, run } from '../programs.ts';

/** The oldest Java that runs the launcher. */
const JAVA_RELEASE = 17;
const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.cache/embedded-mongodb', import.meta.url));

/** The embedded MongoDB cannot be had here; the message is one line that says what to install. */
export class EmbeddedMissing extends Error {
  override name = 'EmbeddedMissing';
}

/** What it takes to run the launcher: `java -cp classpath EmbeddedMongodb`. */
export interface Installation {
  java: string;
  classpath: string;
}

interface InstallOptions {
  /** The folder of pom.xml, SHA256SUMS and the launcher's sources. */
  sources?: string;
  /** Where jars and classes are kept, by the hash of what they are made of. */
  cache?: string;
  log?: (line: string) => void;
}

/**
 * Makes sure that jars and launcher are in the cache: the former come by Maven, the latter by javac, each once.
 * @throws {EmbeddedMissing} where Java or Maven is missing or too old, or a jar differs from SHA256SUMS
 */
export async function installEmbedded({
  sources = SOURCES,
  cache = CACHE,
  log = () => {},
}: InstallOptions = {}): Promise<Installation> {
  const { java, javac } = await findJdk();
  const read = (name: string) => readFileSync(join(sources, name));
  const jarsKey = hash(read('pom.xml'), read('SHA256SUMS'));
  const jars = join(cache, `jars-${jarsKey}`);
  await once(jars, (folder) => downloadJars(sources, folder, log));
  verify(jars, read('SHA256SUMS').toString());

  const programs = readdirSync(sources).filter((name) => name.endsWith('.java'));
  const classes = join(cache, `classes-${hash(jarsKey, ...programs.map(read))}`);
  await once(classes, async (folder) => {
    const files = programs.map((name) => join(sources, name));
    await run(javac, ['--release', `${JAVA_RELEASE}`, '-d', folder, '-cp', join(jars, '*'), ...files]);
  });
  return { java, classpath: [join(jars, '*'), classes].join(delimiter) };
}

const hash = (...parts: (string | Buffer)[]) =>
  parts
    .reduce((sum, part) => sum.update(part), createHash('sha256'))
    .digest('hex')
    .slice(0, 16);

/** Fills a folder unless it is there: under another name first, so that it is whole whenever it is seen. */
async function once(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(join(folder, '..'), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  try {
    await fill(unfinished);
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Somebody else may have been faster.
    if (!existsSync(folder)) throw error;
  }
}

async function findJdk(): Promise<{ java: string; javac: string }> {
  const home = process.env.JAVA_HOME;
  const path = [...(home ? [join(home, 'bin')] : []), process.env.PATH ?? ''].join(delimiter);
  const java = findProgram('java', path);
  const javac = findProgram('javac', path);
  const install = `install a JDK, ${JAVA_RELEASE} or newer (Debian: default-jdk-headless)`;
  if (!java || !javac) throw new EmbeddedMissing(`no JDK: ${install}`);
  // macOS has stand-ins on PATH that fail.
  const version = await run(javac, ['-version']).then(({ stdout, stderr }) => stdout + stderr, String);
  const release = Number(/^javac (\d+)/m.exec(version)?.[1] ?? 0);
  if (release < JAVA_RELEASE) throw new EmbeddedMissing(`${javac} is too old or does not run: ${install}`);
  return { java, javac };
}

async function downloadJars(sources: string, folder: string, log: (line: string) => void): Promise<void> {
  const mvn = findProgram('mvn');
  if (!mvn) throw new EmbeddedMissing('no Maven to download the jars with: install it (Debian: maven)');
  log('downloading the embedded MongoDB (16 jars, 6 MB) ...');
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  try {
    await run(mvn, ['--batch-mode', '--quiet', '--file', join(sources, 'pom.xml'), ...goal]);
  } catch (error) {
    const reason = /\[ERROR\] (.*)/.exec((error as { stdout: string }).stdout)?.[1] ?? String(error);
    throw new EmbeddedMissing(`mvn cannot download the jars: ${reason}`);
  }
  verify(folder, readFileSync(join(sources, 'SHA256SUMS'), 'utf8'));
}

/** Compares every jar with its checksum: a changed, an additional and a missing one are refused. */
function verify(folder: string, sums: string): void {
  const expected = new Map(sums.split('\n').map((line) => [line.slice(66), line.slice(0, 64)]));
  expected.delete('');
  for (const jar of new Set([...expected.keys(), ...readdirSync(folder)])) {
    const file = join(folder, jar);
    const sum = existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : 'missing';
    if (sum === expected.get(jar)) continue;
    throw new EmbeddedMissing(
      `${file} is not the file that SHA256SUMS names (${sum}, not ${expected.get(jar) ?? 'there at all'}): ` +
        'delete its folder to download it again',
    );
  }
}
