import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process, told from a later one that got the same number by its start. */
export interface RunningProcess {
  pid: number;
  started: string;
}

const fileIn = (directory: string) => join(directory, 'run.json');

/**
 * Looks for the run that uses a folder.
 * @param directory the folder
 * @returns its process, or undefined where none is running
 */
export function findRun(directory: string): RunningProcess | undefined {
  try {
    const found = JSON.parse(readFileSync(fileIn(directory), 'utf8')) as RunningProcess;
    return isRunning(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export const isRunning = ({ pid, started }: RunningProcess) => startOf(pid) === started;

/**
 * Notes that this process uses the folder.
 * @param directory the folder; made where it is missing
 * @returns what takes the note back
 */
export function noteRun(directory: string): () => void {
  const file = fileIn(directory);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  return () => rmSync(file, { force: true });
}

/** When a process started, in any unit; undefined where it is not there or has ended. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') {
    try {
      // After the name, which may hold anything: state, ..., and as the 20th the start in clock ticks.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
