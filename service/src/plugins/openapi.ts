import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import manifest from '../../../package.json' with { type: 'json' };

/** The OpenAPI document of all routes that are registered after this, and the pages that show it. */
export default fp(
  async (fastify) => {
    await fastify.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Records',
          version: manifest.version,
          description: 'The records of a collection, and files beside them. Refusals are RFC 9457 documents.',
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
        },
        tags: [
          { name: 'records', description: 'The records: filter, sort, page, export.' },
          { name: 'files', description: 'Files beside the records.' },
          { name: 'service', description: 'Who answers.' },
          { name: 'health', description: 'Probes.' },
        ],
        components: {
          securitySchemes: {
            bearerAuth: {
              type: 'http',
              scheme: 'bearer',
              description: 'Writing needs the token of this installation.',
            },
          },
        },
      },
      refResolver: {
        buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`),
      },
    });
    await fastify.register(swaggerUi, {
      routePrefix: '/docs',
      // Swagger UI sets styles on its elements; everything else comes from here.
      staticCSP:
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; object-src 'none'",
      uiConfig: { docExpansion: 'list', tryItOutEnabled: true, displayRequestDuration: true },
      theme: { title: 'Records API' },
    });
    fastify.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
      reply.header('cache-control', 'no-cache');
      return fastify.swagger();
    });
  },
  { name: 'openapi' },
);
