/** Copies the embedded MongoDB, downloaded and compiled where needed: `node tools/base-images/mongo/files.ts FOLDER`. */
import { chmodSync, cpSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { installEmbedded } from '../../embedded-mongodb/install.ts';

const { classpath } = await installEmbedded({ log: (line) => process.stderr.write(`${line}\n`) });
const [jars, classes] = classpath.split(delimiter) as [string, string];
const folder = process.argv[2]!;
cpSync(dirname(jars), folder, { recursive: true });
cpSync(classes, join(folder, 'classes'), { recursive: true });
// The cache's folder is its owner's alone; the server runs as somebody else.
chmodSync(join(folder, 'classes'), 0o755);
