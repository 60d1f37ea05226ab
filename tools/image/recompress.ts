/**
 * Compresses the layers of an OCI layout with zstd 19: `node tools/image/recompress.ts FOLDER CACHE`.
 * What builders call zstd is another encoder, whose best is a fifth larger. Digests change, so they are replaced
 * wherever they are named, in attestations too. CACHE keeps layers between builds.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const TAR = 'application/vnd.oci.image.layer.v1.tar';
const LEVEL = 19;
const [folder, cache] = process.argv.slice(2) as [string, string];
const replaced = new Map<string, string>();

const hex = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
const blobs = join(folder, 'blobs', 'sha256');
const read = ({ digest }: Descriptor) => readFileSync(join(blobs, digest.slice('sha256:'.length)));

/** Puts a blob in the place of another, and remembers that its name has changed. */
function replace(descriptor: Descriptor, bytes: Buffer): void {
  const digest = `sha256:${hex(bytes)}`;
  if (digest === descriptor.digest) return;
  writeFileSync(join(blobs, hex(bytes)), bytes);
  rmSync(join(blobs, descriptor.digest.slice('sha256:'.length)), { force: true });
  replaced.set(descriptor.digest.slice('sha256:'.length), hex(bytes));
  Object.assign(descriptor, { digest, size: bytes.length });
}

function compress(layer: Descriptor): void {
  const packed = read(layer);
  const tar = layer.mediaType.endsWith('zstd')
    ? zstdDecompressSync(packed)
    : layer.mediaType.endsWith('gzip')
      ? gunzipSync(packed)
      : packed;
  const kept = join(cache, `${hex(tar)}.zst${LEVEL}`);
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true });
    const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 };
    writeFileSync(`${kept}.part`, zstdCompressSync(tar, { params }));
    renameSync(`${kept}.part`, kept);
  }
  layer.mediaType = `${TAR}+zstd`;
  replace(layer, readFileSync(kept));
}

/** Names of blobs in a text, as they are now. */
const renamed = (text: string) =>
  [...replaced].reduce((result, [before, after]) => result.replaceAll(before, after), text);

/** An index, a manifest or an attestation, and what it names, images before what is said of them. */
function rewrite(descriptor: Descriptor): void {
  const document = JSON.parse(read(descriptor).toString());
  for (const child of document.manifests ?? []) rewrite(child);
  for (const layer of document.layers ?? []) {
    if (layer.mediaType.startsWith(TAR)) compress(layer);
    else replace(layer, Buffer.from(renamed(read(layer).toString())));
  }
  replace(descriptor, Buffer.from(renamed(JSON.stringify(document))));
}

const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
for (const descriptor of index.manifests) rewrite(descriptor);
writeFileSync(join(folder, 'index.json'), renamed(JSON.stringify(index)));
