import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from '../charts/support.ts';

/** An image as environments/<env>/images names it, and the archive that makes it known to a cluster by that name. */
export interface Image {
  repository: string;
  digest: string;
  archive: string;
}

/** The image of an OCI archive under its digest; another note makes another image of it, with the same content. */
export async function byDigest(archive: string, repository: string, note: string): Promise<Image> {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    await output('tar', ['-xf', archive, '-C', folder]);
    const json = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
    const index = json('index.json');
    const manifest = json(`blobs/sha256/${index.manifests[0].digest.replace('sha256:', '')}`);
    manifest.annotations = { ...manifest.annotations, note };
    const text = JSON.stringify(manifest);
    const hash = createHash('sha256').update(text).digest('hex');
    const digest = `sha256:${hash}`;
    writeFileSync(join(folder, 'blobs/sha256', hash), text);
    const annotations = { 'io.containerd.image.name': `${repository}@${digest}` };
    const entry = { ...index.manifests[0], digest, size: Buffer.byteLength(text), annotations };
    writeFileSync(join(folder, 'index.json'), JSON.stringify({ ...index, manifests: [entry] }));
    const named = archive.replace(/(-by-digest)?\.tar$/, '-by-digest.tar');
    await output('tar', ['-cf', named, '-C', folder, '.']);
    return { repository, digest, archive: named };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
