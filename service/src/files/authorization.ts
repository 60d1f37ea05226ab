import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';

const digest = (token: string) => hash('sha256', token, 'buffer');

/**
 * Makes the hook that guards an operation which writes (RFC 6750).
 * @param token what callers have to send; empty lets everybody in
 * @returns an `onRequest` hook: it runs before anything of the body is read, and throws the Problem TOKEN_REQUIRED
 */
export function requireToken(token: string) {
  const expected = digest(token);
  return async ({ headers }: FastifyRequest): Promise<void> => {
    if (token === '') return;
    const given = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    // Digests have one length, so that neither the time nor an exception tells how near a guess was.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    const detail =
      given === undefined
        ? 'Send `Authorization: Bearer <token>`'
        : 'The token is not the one of this installation';
    const challenge = given === undefined ? 'Bearer' : 'Bearer error="invalid_token"';
    throw new Problem('TOKEN_REQUIRED', detail, { headers: { 'www-authenticate': challenge } });
  };
}

/**
 * Documents the guard.
 * @param token as for {@link requireToken}
 * @returns the `security` of an operation
 */
export const tokenSecurity = (token: string) => (token === '' ? [] : [{ bearerAuth: [] as string[] }]);
