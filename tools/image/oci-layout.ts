import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: { architecture: string; os: string };
}

/** A file in a layer. */
export interface Entry {
  path: string;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  content: Buffer;
}

export interface Layer {
  digest: string;
  /** As it is stored and pulled. Bytes. */
  size: number;
  tar: Buffer;
}

export interface Image {
  digest: string;
  config: {
    created: string;
    architecture: string;
    config: {
      User?: string;
      Env?: string[];
      Entrypoint?: string[];
      Cmd?: string[];
      StopSignal?: string;
      Labels?: Record<string, string>;
      ExposedPorts?: Record<string, object>;
    };
  };
  layers: Layer[];
}

/**
 * Reads an image that scripts/images wrote.
 * @param folder an OCI layout with one image, perhaps with attestations beside it
 * @throws {Error} where a blob is not what its digest says
 */
export function readImage(folder: string): Image {
  const blob = ({ digest }: Descriptor) => {
    const bytes = readFileSync(join(folder, 'blobs', digest.replace(':', '/')));
    const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (actual !== digest) throw new Error(`${folder}: ${digest} is ${actual}`);
    return bytes;
  };
  const json = (descriptor: Descriptor) => JSON.parse(blob(descriptor).toString());
  const isImage = ({ platform }: Descriptor) => platform?.os !== 'unknown';
  let descriptor: Descriptor = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')).manifests.find(
    isImage,
  );
  if (descriptor.mediaType.includes('index')) descriptor = json(descriptor).manifests.find(isImage);
  const manifest = json(descriptor) as { config: Descriptor; layers: Descriptor[] };
  return {
    digest: descriptor.digest,
    config: json(manifest.config),
    layers: manifest.layers.map((layer) => ({
      digest: layer.digest,
      size: layer.size,
      tar: unpack(layer, blob(layer)),
    })),
  };
}

function unpack({ mediaType }: Descriptor, bytes: Buffer): Buffer {
  if (mediaType.endsWith('zstd')) return zstdDecompressSync(bytes);
  return mediaType.endsWith('gzip') ? gunzipSync(bytes) : bytes;
}

/** The files of a layer; enough of the tar format for what image builders write. */
export function* entriesOf({ tar }: Layer): Generator<Entry> {
  const text = (start: number, length: number) =>
    tar.toString('utf8', start, start + length).replace(/\0[\s\S]*$/, '');
  const octal = (start: number, length: number) => Number.parseInt(text(start, length), 8) || 0;
  let longPath = '';
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = octal(at + 124, 12);
    const type = String.fromCharCode(tar[at + 156]!);
    const content = tar.subarray(at + 512, at + 512 + size);
    const prefix = text(at + 345, 155);
    const path = longPath || (prefix && `${prefix}/`) + text(at, 100);
    longPath = type === 'x' ? (/ path=(.*)\n/.exec(content.toString())?.[1] ?? '') : '';
    if (type !== 'x') {
      const [mode, uid, gid] = [octal(at + 100, 8), octal(at + 108, 8), octal(at + 116, 8)];
      yield { path, type, mode, uid, gid, content };
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
