import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { Problem } from '../errors.ts';
import { problems } from '../plugins/errors.ts';

const Status = Type.Object({ status: Type.Literal('ok') });

/** The probes. Liveness never asks the database: restarting this process would not bring that back. */
const health: FastifyPluginAsyncTypebox = async (fastify) => {
  const tags = ['health'];

  fastify.get(
    '/livez',
    {
      config: { probe: true },
      schema: {
        operationId: 'getLiveness',
        tags,
        summary: 'Whether the process works',
        response: { 200: Status },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  fastify.get(
    '/readyz',
    {
      config: { probe: true },
      schema: {
        operationId: 'getReadiness',
        tags,
        summary:
          'Whether the process wants requests: from the first connection to the database until it is asked to stop',
        response: { 200: Status, ...problems('SHUTTING_DOWN', 'DATABASE_UNAVAILABLE') },
      },
    },
    async () => {
      if (fastify.isDraining()) throw new Problem('SHUTTING_DOWN');
      if (!fastify.databaseSeen()) throw new Problem('DATABASE_UNAVAILABLE');
      return { status: 'ok' as const };
    },
  );
};

export default health;
