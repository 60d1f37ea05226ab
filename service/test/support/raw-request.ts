import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** From the first byte sent to the end of the connection. Milliseconds. */
  durationMs: number;
}

/**
 * Sends bytes as they are and reads until the server closes the connection.
 * @param port on this machine
 * @param bytes what to send; nothing more follows
 */
export async function rawRequest(port: number, bytes: string): Promise<RawAnswer> {
  const started = performance.now();
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += chunk;
  const [head = '', ...body] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':', 1)[0]!.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const durationMs = performance.now() - started;
  return { status: Number(statusLine.split(' ')[1]), headers, body: body.join('\r\n\r\n'), durationMs };
}
