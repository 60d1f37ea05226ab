import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { chartNames } from '../../scripts/charts/charts.ts';
import { folder, helms, template } from './support.ts';

interface Fixture {
  message: string;
  rejected: object;
  accepted: object;
}

// Each fixture is one mistake on top of the smallest scenario, with its neighbour that must pass.
for (const chart of chartNames()) {
  for (const file of readdirSync(`charts/${chart}/tests/rejected`)) {
    const fixture = parse(readFileSync(`charts/${chart}/tests/rejected/${file}`, 'utf8')) as Fixture;
    t.test(`${chart} refuses ${file.replace('.yaml', '')} and says: ${fixture.message}`, async (t) => {
      const files = folder(t, {
        rejected: stringify(fixture.rejected),
        accepted: stringify(fixture.accepted),
      });
      const values = ['-f', `charts/${chart}/ci/minimal-values.yaml`, '-f'];
      for (const helm of helms) {
        const rejected = await template(helm, `charts/${chart}`, ...values, join(files, 'rejected'));
        t.not(rejected.code, 0, `${helm} refuses`);
        t.ok(rejected.stderr.includes(fixture.message), `${helm} says why: ${rejected.stderr.slice(0, 400)}`);
        const accepted = await template(helm, `charts/${chart}`, ...values, join(files, 'accepted'));
        t.equal(accepted.code, 0, `${helm} takes the neighbour: ${accepted.stderr}`);
      }
    });
  }
}
