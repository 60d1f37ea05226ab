import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import fp from 'fastify-plugin';
import findMyWay from 'find-my-way';
import { Problem } from '../errors.ts';

const pathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0]!;

/** An unknown path answers 404. A known path with another method answers 405 with `Allow` (RFC 9110, 15.5.6); OPTIONS answers 204 with it. */
export default fp(
  async (fastify) => {
    // By path alone: the router of the service would need each path once for each of Node's 35 methods.
    const paths = findMyWay({ maxParamLength: Infinity });
    const methodsByPath = new Map<string, Set<string>>();
    fastify.addHook('onRoute', ({ url, method }) => {
      const methods = methodsByPath.get(url) ?? new Set(['OPTIONS']);
      methodsByPath.set(url, methods);
      for (const name of [method].flat()) methods.add(name);
    });
    fastify.addHook('onReady', async () => {
      const know = (url: string, methods: Set<string>) => paths.on('GET', url, () => {}, methods);
      for (const [url, methods] of methodsByPath) {
        if (url.includes('*')) continue;
        know(url, methods);
        // The hook sees only one of the paths of a route with and without a slash at its end.
        const method = [...methods].find((name) => name !== 'OPTIONS') as HTTPMethods;
        const other = `${url}/`;
        if (!methodsByPath.has(other) && fastify.hasRoute({ url: other, method })) know(other, methods);
      }
    });

    /** Answers OPTIONS; whatever else has no route is a problem, which it gives. */
    function refuse(request: FastifyRequest, reply: FastifyReply): Problem | undefined {
      const { method } = request;
      const methods: Set<string> | undefined = paths.find('GET', pathOf(request))?.store;
      if (!methods || (method !== 'OPTIONS' && methods.has(method)))
        return new Problem('ROUTE_NOT_FOUND', `No route ${method} ${pathOf(request)}`);
      const allow = [...methods].sort().join(', ');
      reply.header('allow', allow);
      if (method !== 'OPTIONS')
        return new Problem('METHOD_NOT_ALLOWED', `${method} is not allowed here; use one of ${allow}`);
      reply.code(204).send();
      return undefined;
    }

    // Before the body is read: whatever is wrong with it, method or path is what the caller has to correct.
    fastify.addHook('onRequest', (request, reply, done) => {
      const problem = request.is404 && refuse(request, reply);
      if (problem) done(problem);
      else if (!reply.sent) done();
    });
    // Reached by what looks for a file and finds none, and by OPTIONS where cross-origin.ts finds no preflight.
    fastify.setNotFoundHandler((request, reply) => {
      const problem = refuse(request, reply);
      if (problem) throw problem;
    });
  },
  { name: 'unknown-routes' },
);
