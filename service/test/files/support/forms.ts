import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

export const FILES = '/api/v1/files';
export const BOUNDARY = 'boundary-of-the-test';

/** The beginnings of real files; what follows does not matter to a signature. */
export const samples = {
  png: Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex'),
  gif: Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1'),
  jpg: Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
  webp: Buffer.from('RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00', 'latin1'),
  pdf: Buffer.from('%PDF-1.7\n1 0 obj\n<< >>\nendobj\n'),
};

export interface Part {
  content?: string | Buffer;
  /** The file's name; without one the part is a plain field. */
  filename?: string;
  field?: string;
}

/** The bytes of one part, its delimiter before it. */
export function partBytes({ content = '', filename, field = 'file' }: Part): Buffer {
  const name = filename === undefined ? '' : `; filename="${filename}"`;
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"${name}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')]);
}

/** A multipart body. */
export const formBytes = (...parts: Part[]) =>
  Buffer.concat([...parts.map(partBytes), Buffer.from(`--${BOUNDARY}--\r\n`)]);

export const formHeaders = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

/** Posts a form to the app, without a socket. */
export const postForm = (app: FastifyInstance, ...parts: Part[]) =>
  app.inject({ method: 'POST', url: FILES, headers: formHeaders, payload: formBytes(...parts) });

/** Uploads a file that must be accepted; gives what the service says about it. */
export async function upload(app: FastifyInstance, filename: string, content: string | Buffer) {
  const answer = await postForm(app, { filename, content });
  if (answer.statusCode !== 201) throw new Error(`the upload was refused: ${answer.body}`);
  return answer.json<{ id: string; name: string; length: number; sha256: string }>();
}

/** How many documents the bucket has: all zero where nothing was left behind. */
export async function bucketCounts(app: FastifyInstance) {
  const count = (name: string) => app.mongo.db!.collection(`files.${name}`).countDocuments();
  return {
    files: await count('files'),
    chunks: await count('chunks'),
    unfinished: await count('unfinished'),
  };
}

export const EMPTY = { files: 0, chunks: 0, unfinished: 0 };

/** Text of a length that no chunk size divides, different everywhere. */
export const longText = (bytes: number) =>
  randomBytes(Math.ceil(bytes / 2))
    .toString('hex')
    .slice(0, bytes);

/** The body of a refusal, without the request's id. */
export function refusal(answer: { json: () => Record<string, unknown> }) {
  const { instance, ...rest } = answer.json();
  if (typeof instance !== 'string') throw new Error('the refusal has no instance');
  return rest;
}
