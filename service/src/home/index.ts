import { hostname } from 'node:os';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import manifest from '../../../package.json' with { type: 'json' };
import { catalogue, type ErrorCode, Problem } from '../errors.ts';
import { problems } from '../plugins/errors.ts';

const links = {
  records: '/api/v1/records',
  files: '/api/v1/files',
  documentation: '/docs',
  openapi: '/openapi.json',
};

const Home = Type.Object({
  timestamp: Type.Number({ description: 'Unix time. Seconds, with a fraction.' }),
  hostname: Type.String({ description: 'Who answers; in Kubernetes the pod.' }),
  name: Type.String(),
  version: Type.String(),
  links: Type.Record(Type.String(), Type.String()),
});

const ErrorEntry = Type.Object({
  code: Type.String(),
  status: Type.Integer(),
  title: Type.String(),
  fix: Type.String({ description: 'What the caller can do about it.' }),
});

/** `GET /` says who answers; `GET /errors/{code}` is where the `type` of a refusal leads to. */
const home: FastifyPluginAsyncTypebox = async (fastify) => {
  const tags = ['service'];

  fastify.get(
    '/',
    {
      schema: {
        operationId: 'getHome',
        tags,
        summary: 'Who answers, and where to go from here',
        response: { 200: Home },
      },
    },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return {
        timestamp: Date.now() / 1000,
        hostname: hostname(),
        name: manifest.name,
        version: manifest.version,
        links,
      };
    },
  );

  fastify.get(
    '/errors/:code',
    {
      schema: {
        operationId: 'getError',
        tags,
        summary: 'What an error means',
        params: Type.Object({ code: Type.String({ maxLength: 100 }) }),
        response: { 200: ErrorEntry, ...problems('PARAMETER_INVALID', 'ERROR_NOT_FOUND') },
      },
    },
    async (request) => {
      const { code } = request.params;
      if (!Object.hasOwn(catalogue, code))
        throw new Problem('ERROR_NOT_FOUND', `No error has the code ${code}`);
      return { code, ...catalogue[code as ErrorCode] };
    },
  );
};

export default home;
