import cors, { type FastifyCorsOptions } from '@fastify/cors';
import fp from 'fastify-plugin';

/** How long a browser may remember a preflight. Seconds. */
const MAX_AGE = 86_400;

/** Lets browsers of the configured origins call the API, and read the headers that it answers with. */
export default fp(
  async (fastify) => {
    const origins = fastify.config.CORS_ORIGINS;
    if (origins === '') return;
    const options: FastifyCorsOptions = {
      origin: origins === '*' ? '*' : origins.split(','),
      methods: ['GET', 'HEAD', 'POST', 'DELETE'],
      exposedHeaders: ['ETag', 'Link', 'Location', 'Retry-After', 'X-Request-Id', 'X-Total-Count'],
      maxAge: MAX_AGE,
    };
    // An OPTIONS request that is no preflight is left to unknown-routes.ts.
    const plain: FastifyCorsOptions = { ...options, preflight: false };
    await fastify.register(cors, {
      delegator: ({ headers }, done) =>
        done(null, 'access-control-request-method' in headers ? options : plain),
    });
  },
  { name: 'cross-origin' },
);
