import { fileURLToPath } from 'node:url';
import t from 'tap';
import { installEmbedded } from '../../tools/embedded-mongodb/install.ts';
import { bareEnvironment, isListening, startScript } from '../support/processes.ts';

const script = fileURLToPath(new URL('../../scripts/with-mongodb.ts', import.meta.url));
const skip = await installEmbedded().then(
  () => false,
  (error: Error) => error.message,
);

t.test('the exit status is that of the command, and the database is gone', { skip }, async (t) => {
  const code = 'console.log(process.env.MONGODB_URI); process.exit(3)';
  const run = startScript(t, [script, '--', process.execPath, '-e', code], bareEnvironment());
  t.equal(await run.ended, 3);
  const uri = await run.printed(/^(mongodb:.*)$/m);
  t.notOk(await isListening(Number(new URL(uri).port)));
});

t.test('a signal reaches the command, and the database is gone', { skip }, async (t) => {
  const code = `process.on('SIGTERM', () => process.exit(5)); console.log(process.env.MONGODB_URI);
    setInterval(() => {}, 1000)`;
  const run = startScript(t, [script, '--', process.execPath, '-e', code], bareEnvironment());
  const uri = await run.printed(/^(mongodb:.*)$/m);
  run.process.kill('SIGTERM');
  t.equal(await run.ended, 5);
  t.notOk(await isListening(Number(new URL(uri).port)));
});

t.test('a command that is not there answers 127', { skip }, async (t) => {
  const run = startScript(t, [script, '--', 'there-is-no-such-command'], bareEnvironment());
  t.equal(await run.ended, 127);
  t.match(run.output(), 'cannot start there-is-no-such-command');
});

t.test('without a command the usage is printed', async (t) => {
  const run = startScript(t, [script], bareEnvironment());
  t.equal(await run.ended, 64);
  t.match(run.output(), /^usage: /);
});
