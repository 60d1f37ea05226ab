import { readFileSync } from 'node:fs';
import { output } from '../charts/support.ts';

/** Values that the chart mongodb needs for the embedded server. */
export const embeddedValues = readFileSync('tools/base-images/mongo/embedded-values.yaml', 'utf8');

/** An image without a registry: how it is called, and the archive that makes it known to a cluster. */
export interface BuiltImage {
  repository: string;
  tag: string;
  archive: string;
}

/**
 * Builds the images of the releases as scripts/cluster does.
 * @param dataset a folder with another restaurants.ndjson and its manifest: only the image of the seed is built, with them
 * @returns the images by release; mongodb is the embedded server
 */
export async function buildImages(dataset?: string): Promise<Record<string, BuiltImage>> {
  const folder = dataset ? '.run/dataset-images' : '.cache/images';
  const names = dataset ? ['records-mongo-seed'] : ['records', 'records-mongo-seed', 'embedded-mongodb'];
  await output('scripts/images', ['--output', folder, ...(dataset ? ['--dataset', dataset] : []), ...names]);
  const archives = await output('node', [
    'tools/image/archive.ts',
    ...names.map((name) => `${folder}/${name}`),
  ]);
  return Object.fromEntries(
    archives
      .trim()
      .split('\n')
      .map((line) => {
        const [name, reference, archive] = line.split(' ') as [string, string, string];
        const [repository, tag] = reference.split(':') as [string, string];
        const release = name === 'embedded-mongodb' ? 'mongodb' : name.replace('records-', '');
        return [release, { repository, tag, archive }];
      }),
  );
}
