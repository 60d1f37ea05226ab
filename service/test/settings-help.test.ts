import t from 'tap';
import { secretSettings, serviceSchema } from '../src/config.ts';
import { describeSettings, settingsHelp } from '../src/settings-help.ts';

t.test('the help names every setting with its default, what is allowed and what it means', async (t) => {
  const help = settingsHelp();
  for (const [name, property] of Object.entries(serviceSchema.properties)) {
    const { default: fallback, description } = property as unknown as {
      default: unknown;
      description: string;
    };
    t.ok(help.includes(`\n  ${name} (${fallback === '' ? 'empty' : fallback}`), name);
    t.ok(help.includes(description), `${name} is described`);
  }
  t.match(help, /PORT \(8080; 0 to 65535\)/);
  t.match(help, /LOG_LEVEL \(info; one of fatal, error,/);
});

t.test('the help names the file variables of the secrets and the exit statuses', async (t) => {
  for (const name of secretSettings) t.match(settingsHelp(), new RegExp(`file named by ${name}_FILE`));
  for (const status of ['0 it stopped', '1 it failed', '64 an argument', '78 a setting'])
    t.ok(settingsHelp().includes(status));
});

t.test('every setting has a description that is a sentence', async (t) => {
  for (const { name, description } of describeSettings(serviceSchema.properties))
    t.match(description, /^.+\.$/, name);
});
