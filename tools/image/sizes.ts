/** Prints digest and sizes of images: `node tools/image/sizes.ts FOLDER...`, OCI layouts. */
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { entriesOf, type Layer, readImage } from './oci-layout.ts';

const gzipped = new Map<string, number>();
/** What a registry stores where layers are gzip, the common case. Bytes. */
function gzipSize({ digest, tar }: Layer): number {
  const size = gzipped.get(digest) ?? gzipSync(tar).length;
  gzipped.set(digest, size);
  return size;
}

const megabytes = (layers: Layer[], size: (layer: Layer) => number) =>
  `${(layers.reduce((sum, layer) => sum + size(layer), 0) / 1e6).toFixed(1)} MB`.padStart(9);
const unpackedSize = (layer: Layer) =>
  [...entriesOf(layer)].reduce((sum, { content }) => sum + content.length, 0);

process.stdout.write(`${'image'.padEnd(20)} unpacked       gzip      zstd  digest\n`);
for (const folder of process.argv.slice(2)) {
  const { digest, layers } = readImage(folder);
  const sizes = [unpackedSize, gzipSize, ({ size }: Layer) => size].map((size) => megabytes(layers, size));
  process.stdout.write(`${basename(folder).padEnd(19)} ${sizes.join(' ')}  ${digest}\n`);
}
