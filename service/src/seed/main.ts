import './frugal-heap.ts';
import { run, StopRequest } from './run.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Only once: a second signal ends the process as usual.
  process.once(signal, () => stop.abort(new StopRequest(signal)));
}

// Not awaited: the image's bundle is a script, which cannot wait at its top level.
run(process.argv.slice(2), process.env, process, stop.signal).then((status) => {
  process.exitCode = status;
});
