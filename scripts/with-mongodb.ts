import { spawn } from 'node:child_process';
import { EXIT_NO_MONGODB, EXIT_USAGE, exitStatus } from '../tools/exit-status.ts';
import { MongodbMissing, startMongodb } from '../tools/mongodb.ts';

const HELP = `Runs a command with a MongoDB that keeps everything in memory, and stops it afterwards.

Usage: node scripts/with-mongodb.ts [--help] -- COMMAND [ARGUMENT]...

COMMAND finds the connection string in MONGODB_URI. Which MongoDB that is, the first that is there:
MONGODB_URI as it is set; a mongod on PATH; a downloaded mongod; the embedded one (needs a JDK and Maven).

Exit status: COMMAND's; ${EXIT_NO_MONGODB} no MongoDB can be had, ${EXIT_USAGE} wrong usage, 127 COMMAND cannot be started.
`;

function commandLine(): [string, ...string[]] {
  const [separator, command, ...args] = process.argv.slice(2);
  if (separator === '--help') {
    process.stdout.write(HELP);
    process.exit(0);
  }
  if (separator !== '--' || !command) {
    process.stderr.write('usage: node scripts/with-mongodb.ts [--help] -- COMMAND [ARGUMENT]...\n');
    process.exit(EXIT_USAGE);
  }
  return [command, ...args];
}

/** Runs the command to its end; signals to us are passed on. */
function runCommand([command, ...args]: [string, ...string[]], uri: string): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, MONGODB_URI: uri }, stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // A terminal sends its Ctrl-C to the command as well.
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.once('exit', (code, signal) => resolve(exitStatus(code, signal)));
    child.once('error', (error) => {
      process.stderr.write(`cannot start ${command}: ${error.message}\n`);
      resolve(127);
    });
  });
}

const command = commandLine();
try {
  const mongodb = await startMongodb({ storage: 'memory' });
  const status = await runCommand(command, mongodb.uri);
  await mongodb.stop();
  process.exit(status);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(error instanceof MongodbMissing ? EXIT_NO_MONGODB : 1);
}
