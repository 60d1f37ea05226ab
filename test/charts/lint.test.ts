import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { chartNames, scenarios, tool } from '../../scripts/charts/charts.ts';
import { folder, helms, newest, run } from './support.ts';

for (const helm of helms) {
  for (const { chart, name, file } of scenarios()) {
    t.test(`${helm} lint --strict accepts ${chart} with ${name}`, async (t) => {
      const { code, stdout, stderr } = await run(tool(helm), [
        'lint',
        '--strict',
        '--kube-version',
        newest,
        `charts/${chart}`,
        '-f',
        file,
      ]);
      t.equal(code, 0, stdout + stderr);
    });
  }

  t.test(`helm-unittest passes as a plugin of ${helm}`, async (t) => {
    // Both Helms read this older form of a plugin's description; only Helm 4 reads the newer one.
    const plugins = folder(t);
    mkdirSync(join(plugins, 'unittest'));
    symlinkSync(resolve(tool('helm-unittest')), join(plugins, 'unittest/untt'));
    writeFileSync(
      join(plugins, 'unittest/plugin.yaml'),
      'name: unittest\nversion: 1.1.2\nusage: test charts\ndescription: test charts\nplatformCommand:\n  - command: $HELM_PLUGIN_DIR/untt\n',
    );
    const charts = chartNames().map((chart) => `charts/${chart}`);
    const { code, stdout, stderr } = await run(tool(helm), ['unittest', '--strict', ...charts], {
      env: { ...process.env, HELM_PLUGINS: plugins },
    });
    t.equal(code, 0, stdout.slice(-3000) + stderr);
    t.match(stdout, /Tests:\s+[1-9]\d+ passed/);
    t.comment(stdout.match(/Tests:.*/)?.[0] ?? '');
  });
}
