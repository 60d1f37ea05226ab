import accepts from '@fastify/accepts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Config } from './config.ts';
import { Problem } from './errors.ts';
import files from './files/index.ts';
import health from './health/index.ts';
import home from './home/index.ts';
import { answerBrokenRequest, answerUnroutableRequest } from './plugins/broken-requests.ts';
import compression from './plugins/compression.ts';
import conditionalRequests from './plugins/conditional-requests.ts';
import crossOrigin from './plugins/cross-origin.ts';
import draining from './plugins/draining.ts';
import errors from './plugins/errors.ts';
import metrics from './plugins/metrics.ts';
import mongodb from './plugins/mongodb.ts';
import openapi from './plugins/openapi.ts';
import overload from './plugins/overload.ts';
import requestLog, { childLogger, requestId } from './plugins/request-log.ts';
import unknownRoutes from './plugins/unknown-routes.ts';
import records from './records/index.ts';

declare module 'fastify' {
  interface FastifyInstance {
    config: Config;
  }
}

/** Headers together, the request line among them. Bytes. */
const MAX_HEADER_SIZE = 16_384;
/** How often Node looks for clients that are too slow; the timeouts are this exact. Milliseconds. */
const CONNECTIONS_CHECKING_INTERVAL = 500;

/**
 * Composes the service: the plugins, then the features, in reading order.
 * @param config the settings
 * @param logger where it logs
 * @returns an app that does not listen; it connects to MongoDB in the background once it is ready
 */
export async function createApp(config: Config, logger: FastifyBaseLogger): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: logger,
    childLoggerFactory: childLogger,
    genReqId: requestId,
    // One line a request, when it is over: plugins/request-log.ts.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.BODY_MAX_BYTES,
    requestTimeout: config.REQUEST_TIMEOUT_MS,
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_MS,
    http: {
      headersTimeout: config.HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECKING_INTERVAL,
      maxHeaderSize: MAX_HEADER_SIZE,
    },
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: answerUnroutableRequest,
    clientErrorHandler: answerBrokenRequest,
    // Coercion turns "100" into 100; nothing that a caller sent is dropped silently.
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false } },
    // Answers have types, tests hold them to their schemas, and records come as bytes: compiling a serializer for each
    // status of each route would only slow the start down.
    schemaController: { compilersFactory: { buildSerializer: () => () => JSON.stringify } },
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.decorate('config', config);
  await app.register(errors);
  await app.register(requestLog);
  await app.register(draining);
  await app.register(mongodb);
  await app.register(metrics);
  await app.register(crossOrigin);
  await app.register(unknownRoutes);
  await app.register(compression);
  await app.register(conditionalRequests);
  await app.register(accepts);
  await app.register(openapi);

  await app.register(home);
  await app.register(health);
  await app.register(
    async (api) => {
      await api.register(overload);
      // An operation on a client that was never connected would make the driver connect implicitly.
      api.addHook('onRequest', (_request, _reply, done) =>
        api.databaseSeen() ? done() : done(new Problem('DATABASE_UNAVAILABLE')),
      );
      await api.register(records);
      await api.register(files);
    },
    { prefix: '/api/v1' },
  );
  return app;
}
