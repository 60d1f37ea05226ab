import { METHODS } from 'node:http';
import type { FastifyRequest, HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import { Problem } from '../errors.ts';

const routeNotFound = ({ method, url }: FastifyRequest) =>
  new Problem('ROUTE_NOT_FOUND', `No route ${method} ${url.split('?', 1)[0]}`);

/** An unknown path answers 404. A known path with another method answers 405 with `Allow` (RFC 9110, 15.5.6); OPTIONS answers 204 with it. */
export default fp(
  async (fastify) => {
    // Before the body is read: whatever is wrong with it, the path is what the caller has to correct.
    fastify.addHook('onRequest', (request, _reply, done) => {
      if (request.is404) done(routeNotFound(request));
      else done();
    });
    // Reached by what looks for a file and finds none.
    fastify.setNotFoundHandler((request) => {
      throw routeNotFound(request);
    });

    for (const method of METHODS) {
      if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method);
    }
    const methodsByPath = new Map<string, Set<string>>();
    fastify.addHook('onRoute', ({ url, method }) => {
      const methods = methodsByPath.get(url) ?? new Set();
      methodsByPath.set(url, methods);
      for (const name of [method].flat()) methods.add(name);
    });

    fastify.decorate('refuseOtherMethods', () => {
      for (const [url, methods] of [...methodsByPath]) {
        if (url.includes('*')) continue;
        // Asked of the router: the hook sees only one of the paths of a route with and without a slash at its end.
        const others = fastify.supportedMethods.filter(
          (method) => !fastify.hasRoute({ url, method: method as HTTPMethods }),
        );
        if (others.length === 0) continue;
        const allow = [...methods.add('OPTIONS')].sort().join(', ');
        fastify.route({
          url,
          method: others,
          schema: { hide: true },
          // Before the body is read: nothing of it is wanted.
          onRequest: (request, reply, done) => {
            reply.header('allow', allow);
            if (request.method === 'OPTIONS') reply.code(204).send();
            else
              done(
                new Problem(
                  'METHOD_NOT_ALLOWED',
                  `${request.method} is not allowed here; use one of ${allow}`,
                ),
              );
          },
          handler: () => undefined,
        });
      }
    });
  },
  { name: 'unknown-routes' },
);

declare module 'fastify' {
  interface FastifyInstance {
    /** Call once, when all routes are there. */
    refuseOtherMethods: () => void;
  }
}
