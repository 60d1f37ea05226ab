import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Arguments } from './arguments.ts';
import { Exit, SeedError } from './exit-status.ts';
import { findManifest, type Manifest, readManifest, stem } from './manifest.ts';

/** How much is read at once, bytes. */
const CHUNK_BYTES = 64 * 1024;

/** What is to be seeded. */
export interface Dataset {
  name: string;
  /** The file's name, which may tell the format. */
  file: string;
  /** Null until the end of a stream without a manifest. */
  version: string | null;
  /** Null for a stream, which is only read once. */
  sha256: string | null;
  /** Length of the file, bytes; null for a stream. */
  bytes: number | null;
  manifest: Manifest | undefined;
  /** Starts reading; as often as needed unless it is a stream. */
  open(): Readable;
}

const unreadable = (error: unknown) =>
  new SeedError(Exit.input, `the input cannot be read: ${(error as Error).message}`);

async function checksum(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    const chunks = createReadStream(file, { highWaterMark: CHUNK_BYTES, signal });
    for await (const chunk of chunks) hash.update(chunk);
  } catch (error) {
    throw unreadable(error);
  }
  return hash.digest('hex');
}

/** The length of a regular file; undefined for a pipe and its like, which cannot be read twice. */
async function regularLength(file: string): Promise<number | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Error(`${file} is a directory`);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    throw unreadable(error);
  } finally {
    await handle?.close();
  }
}

/**
 * Compares the file with its manifest.
 * @param manifest the manifest, where there is one
 * @param sha256 the file's checksum
 * @throws {SeedError} with {@link Exit.data}
 */
export function verifyChecksum(manifest: Manifest | undefined, sha256: string): void {
  if (!manifest || manifest.sha256 === sha256) return;
  throw new SeedError(
    Exit.data,
    `the file is not the one of the manifest: its sha256 is ${sha256}, not ${manifest.sha256}`,
  );
}

/**
 * Finds out what is to be seeded. A file is read once for its checksum, so that nothing of a wrong one is written.
 * @param args the command line
 * @param stdin standard input
 * @param signal ends the reading
 * @returns the dataset
 * @throws {SeedError} with {@link Exit.input} or {@link Exit.data}
 */
export async function describeDataset(
  args: Arguments,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Dataset> {
  const { file } = args;
  const isStdin = file === '-';
  const bytes = isStdin ? undefined : await regularLength(file);
  const isStream = bytes === undefined;
  const named = args.manifest === undefined ? undefined : await readManifest(args.manifest);
  const manifest = named ?? (isStream ? undefined : await findManifest(file));
  if (manifest && !isStream && manifest.file !== basename(file)) {
    throw new SeedError(Exit.data, `the manifest is about ${manifest.file}, not ${basename(file)}`);
  }
  const sha256 = isStream ? null : await checksum(file, signal);
  if (sha256) verifyChecksum(manifest, sha256);

  return {
    name: args.name ?? manifest?.name ?? (isStdin ? 'stdin' : stem(file)),
    file: isStream && manifest ? manifest.file : basename(file),
    version: args.version ?? manifest?.version ?? sha256?.slice(0, 12) ?? null,
    sha256,
    bytes: bytes ?? null,
    manifest,
    open: () =>
      addAbortSignal(signal, isStdin ? stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES })),
  };
}
