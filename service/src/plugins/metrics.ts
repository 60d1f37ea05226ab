import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { MongoClient } from 'mongodb';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { finalStatus } from './request-log.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: { registry: Registry; filesUploaded: Counter };
  }
}

/** Seconds; OpenTelemetry's advice for `http.server.request.duration`. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Follows the driver's connection pool through its events (CMAP specification). */
function observePool(client: MongoClient, registers: Registry[]): void {
  let open = 0;
  let used = 0;
  client.on('connectionCreated', () => open++);
  client.on('connectionClosed', () => open--);
  client.on('connectionCheckedOut', () => used++);
  client.on('connectionCheckedIn', () => used--);
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Connections to MongoDB, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'used' }, used);
      this.set({ state: 'idle' }, open - used);
    },
  });
}

/** Counts and times requests, in OpenTelemetry's names as Prometheus writes them; main.ts serves them on their own port. */
export default fp(
  async (fastify) => {
    const registry = new Registry();
    const registers = [registry];
    collectDefaultMetrics({ register: registry });
    observePool(fastify.mongo.client, registers);

    const labelNames = ['http_request_method', 'http_route', 'http_response_status_code'] as const;
    const duration = new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'How long requests took, until the last byte was sent.',
      labelNames,
      buckets: BUCKETS,
      registers,
    });
    let active = 0;
    new Gauge({
      name: 'http_server_active_requests',
      help: 'Requests being served now.',
      registers,
      collect() {
        this.set(active);
      },
    });
    const filesUploaded = new Counter({
      name: 'records_files_uploaded_total',
      help: 'Files stored.',
      registers,
    });
    fastify.decorate('metrics', { registry, filesUploaded });

    // Looking a label set up by its text is three times cheaper than prom-client's own way.
    const observers = new Map<string, Histogram.Internal<(typeof labelNames)[number]>>();
    const observe = (request: FastifyRequest, reply: FastifyReply) => {
      active--;
      // A route template, never a path: the number of series must not grow with the traffic.
      const route = request.routeOptions.url ?? 'unknown';
      const status = finalStatus(reply);
      const key = `${request.method} ${route} ${status}`;
      let observer = observers.get(key);
      if (!observer) {
        observer = duration.labels(request.method, route, String(status));
        observers.set(key, observer);
      }
      observer.observe(reply.elapsedTime / 1000);
    };
    fastify.addHook('onRequest', (request, reply, done) => {
      active++;
      reply.raw.once('close', () => observe(request, reply));
      done();
    });
  },
  { name: 'metrics', dependencies: ['mongodb'] },
);
