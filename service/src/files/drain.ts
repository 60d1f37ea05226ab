import type { IncomingMessage } from 'node:http';

/**
 * Reads and drops what is left of a refused request. A connection that is closed with bytes unread is reset, and a
 * client that is still sending then never sees the answer (RFC 9112, 9.6).
 * @param request the request, which may be piped elsewhere
 * @param maxBytes after these the connection is closed all the same; the server's request timeout bounds the time
 */
export function drain(request: IncomingMessage, maxBytes: number): void {
  if (request.readableEnded) return;
  let bytes = 0;
  request.unpipe();
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBytes) request.destroy();
  });
  request.resume();
}
