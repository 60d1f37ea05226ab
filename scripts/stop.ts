import { setTimeout as delay } from 'node:timers/promises';
import { findRun, isRunning } from './run/process-file.ts';
import { runDirectory } from './run/settings.ts';

const HELP = `Stops what \`make run\` started in this folder, and waits until it has ended.

Usage: [RUN_DIRECTORY=folder] node scripts/stop.ts [--help]

Exit status: 0 it has ended, or was not running; 1 it does not end.
`;
/** The service may take 30 s to stop, and the database after it. Milliseconds. */
const TIMEOUT_MS = 70_000;

if (process.argv.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}

const running = findRun(runDirectory(process.env));
if (!running) {
  console.log('nothing is running');
  process.exit(0);
}
process.kill(running.pid, 'SIGTERM');
const deadline = Date.now() + TIMEOUT_MS;
while (isRunning(running)) {
  if (Date.now() > deadline) {
    console.error(`process ${running.pid} does not end within ${TIMEOUT_MS} ms`);
    process.exit(1);
  }
  await delay(50);
}
console.log('stopped');
