/**
 * Packs images that scripts/images wrote for a cluster without a registry: `node tools/image/archive.ts FOLDER...`
 * prints a line "NAME REFERENCE ARCHIVE" for each. The tag is the image's digest: a changed image is rolled out.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Index {
  manifests: { digest: string; annotations?: Record<string, string> }[];
}

for (const folder of process.argv.slice(2)) {
  const file = join(folder, 'index.json');
  const index: Index = JSON.parse(readFileSync(file, 'utf8'));
  const [manifest] = index.manifests;
  if (!manifest) throw new Error(`${file}: names no image`);
  const name = basename(folder);
  // With letters in front: 0545876798e6 alone is a number in YAML.
  const tag = manifest.digest.replace(':', '-').slice(0, 'sha256-'.length + 12);
  const reference = `localhost/${name}:${tag}`;
  // By this annotation containerd knows the image's whole name.
  manifest.annotations = { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': tag };
  writeFileSync(file, JSON.stringify(index));
  const archive = `${folder}.tar`;
  execFileSync('tar', [
    '--create',
    '--file',
    archive,
    '--directory',
    folder,
    'oci-layout',
    'index.json',
    'blobs',
  ]);
  process.stdout.write(`${name} ${reference} ${archive}\n`);
}
