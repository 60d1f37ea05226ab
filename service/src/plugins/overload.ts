import fp from 'fastify-plugin';
import { Problem } from '../errors.ts';

/** How often the delay of the event loop is taken. Milliseconds. */
const SAMPLE_MS = 100;

/** Refuses requests with 503 while the event loop lags: answering some in time beats answering all too late. */
export default fp(
  async (fastify) => {
    const limit = fastify.config.OVERLOAD_EVENT_LOOP_DELAY_MS;
    if (limit === 0) return;
    let delay = 0;
    let timer: NodeJS.Timeout | undefined;

    fastify.addHook('onReady', (done) => {
      let last = performance.now();
      timer = setInterval(() => {
        const now = performance.now();
        delay = now - last - SAMPLE_MS;
        last = now;
      }, SAMPLE_MS).unref();
      done();
    });
    fastify.addHook('onClose', (_instance, done) => {
      clearInterval(timer);
      done();
    });
    fastify.addHook('onRequest', (_request, _reply, done) => {
      if (delay > limit) done(new Problem('OVERLOADED'));
      else done();
    });
  },
  { name: 'overload' },
);
