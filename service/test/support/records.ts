import type { FastifyInstance } from 'fastify';
import type { Document } from 'mongodb';
import type { Test } from 'tap';
import { buildApp } from './app.ts';

/**
 * Builds the app with records in it.
 * @param t the test
 * @param records what the collection holds
 * @param env settings that differ from the defaults
 */
export async function buildAppWith(t: Test, records: Document[], env: Record<string, string> = {}) {
  const { app } = await buildApp(t, env);
  if (records.length > 0) await collection(app).insertMany(records);
  return app;
}

/** The collection that the app serves. */
export const collection = (app: FastifyInstance) =>
  app.mongo.db!.collection<Document>(app.config.MONGODB_COLLECTION);

/** Asks for a list; the query is given decoded. */
export function list(
  app: FastifyInstance,
  query: Record<string, string> = {},
  headers: Record<string, string> = {},
) {
  return app.inject({ url: `/api/v1/records?${new URLSearchParams(query)}`, headers });
}

/** The target of the `Link` header with rel="next", or undefined on the last page. */
export const nextPage = (headers: Record<string, unknown>) =>
  /^<([^>]+)>; rel="next"$/.exec(String(headers.link))?.[1];

/**
 * Follows `Link` headers to the last page.
 * @param app the app
 * @param query the first page's parameters, decoded
 * @param between called after each page but the last
 * @returns the records of all pages in order
 */
export async function listAll(
  app: FastifyInstance,
  query: Record<string, string>,
  between: (page: Document[]) => Promise<void> = async () => undefined,
): Promise<Document[]> {
  const records: Document[] = [];
  let url: string | undefined = `/api/v1/records?${new URLSearchParams(query)}`;
  while (url) {
    const response = await app.inject({ url });
    if (response.statusCode !== 200) throw new Error(response.body);
    const page = response.json<Document[]>();
    records.push(...page);
    url = nextPage(response.headers);
    if (url) await between(page);
  }
  return records;
}
