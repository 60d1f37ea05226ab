import type { Socket } from 'node:net';
import fp from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the process was asked to stop; readiness then fails while requests are still served. */
    isDraining: () => boolean;
    startDraining: () => void;
  }
}

/** Makes clients leave before the server does: every answer closes its connection once draining has started. */
export default fp(
  async (fastify) => {
    let draining = false;
    fastify.decorate('isDraining', () => draining);
    fastify.decorate('startDraining', () => {
      draining = true;
    });
    // When it is sent, not when the request came: those that were being served then close theirs too.
    fastify.addHook('onSend', (_request, reply, payload, done) => {
      if (draining) reply.header('connection', 'close');
      done(null, payload);
    });

    // Node 24 would wait for connections that were opened ahead of any request, as proxies and browsers do.
    const unused = new Set<Socket>();
    fastify.server.on('connection', (socket: Socket) => {
      unused.add(socket);
      socket.once('close', () => unused.delete(socket));
    });
    fastify.server.on('request', ({ socket }) => unused.delete(socket));
    fastify.addHook('preClose', (done) => {
      for (const socket of unused) socket.destroy();
      done();
    });
  },
  { name: 'draining' },
);
