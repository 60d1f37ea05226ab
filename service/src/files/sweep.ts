import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';

/** How often each instance looks. Milliseconds. */
const INTERVAL_MS = 600_000;
/** How long storing may still take once the whole request is there. Milliseconds. */
const MARGIN_MS = 600_000;

/** Clears, now and then, what a killed process or a lost database left of uploads and deletions. */
export const sweepFiles: FastifyPluginAsyncTypebox = async (fastify) => {
  const maxAge = fastify.config.REQUEST_TIMEOUT_MS + MARGIN_MS;
  const sweep = async () => {
    try {
      const count = await fastify.files.sweep(new Date(Date.now() - maxAge));
      if (count > 0) fastify.log.info({ count }, 'cleared unfinished uploads');
    } catch (err) {
      fastify.log.warn({ err }, 'unfinished uploads could not be cleared; trying again later');
    }
  };
  const timer = setInterval(sweep, INTERVAL_MS).unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
};
