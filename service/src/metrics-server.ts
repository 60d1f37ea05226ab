import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

async function sendMetrics(registry: Registry, response: ServerResponse): Promise<void> {
  try {
    const metrics = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(metrics);
  } catch (error) {
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`${(error as Error).message}\n`);
  }
}

/**
 * Makes the server of `/metrics`, apart from the API so that no edge or Ingress can reach it.
 * @param registry what it shows
 * @returns a server that does not listen yet
 */
export function createMetricsServer(registry: Registry): Server {
  return createServer((request, response) => {
    if (request.url?.split('?', 1)[0] === '/metrics') return sendMetrics(registry, response);
    return response.writeHead(404, { 'content-type': 'text/plain' }).end('Metrics are at /metrics.\n');
  });
}
