/** The bill of materials of an image is valid, and complete. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { entriesOf } from '../../tools/image/oci-layout.ts';
import { image, imageFolder } from './support/container.ts';

const VALIDATE = `
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(error and error.data.message)
`;

const bill = execFileSync(process.execPath, ['tools/image/sbom.ts', imageFolder('records')], {
  encoding: 'utf8',
});
const { components } = JSON.parse(bill) as { components: { name: string; version: string; purl: string }[] };
const of = (type: string) =>
  components
    .filter(({ purl }) => purl.startsWith(`pkg:${type}/`))
    .map(({ name, version }) => `${name}@${version}`);

t.test('it is CycloneDX 1.6, by the schema', (t) => {
  const validate = (input: string) =>
    execFileSync('.cache/python/bin/python', ['-c', VALIDATE], { input, stdio: 'pipe' });
  validate(bill);
  t.throws(() => validate(bill.replace('"bom-ref"', '"bomref"')), /bomref/, 'and the check can fail');
  t.end();
});

t.test('it names each package that npm would install for production, and Node', (t) => {
  // `npm sbom` leaves out every package that development needs as well.
  const installed = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { encoding: 'utf8' });
  const wanted = installed
    .trim()
    .split('\n')
    .slice(1)
    .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')))
    .map(({ name, version }) => `${name}@${version}`)
    .filter((name) => !name.startsWith('node-linux-'));
  t.ok(wanted.length > 100, `${wanted.length} packages`);
  t.strictSame(of('npm').sort(), [...new Set(wanted)].sort());
  t.strictSame(of('generic'), [`node@${process.versions.node}`]);
  t.end();
});

t.test('it names each Debian package of the image', (t) => {
  const there = image('records')
    .layers.flatMap((layer) => [...entriesOf(layer)])
    .flatMap(({ path }) => /^var\/lib\/dpkg\/status\.d\/(.+)$/.exec(path)?.[1] ?? []);
  t.ok(there.length >= 4);
  t.strictSame(
    of('deb')
      .map((name) => name.split('@')[0])
      .sort(),
    there.sort(),
  );
  t.end();
});
