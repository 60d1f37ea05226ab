import { extname } from 'node:path/posix';
import { ConfigError } from '../config.ts';
import { Problem } from '../errors.ts';

export interface FileType {
  /** The media type that a download has; the one that the uploader claims is never believed. */
  contentType: string;
  /** How the content is checked: see {@link checked}. */
  form: 'text' | 'json' | 'binary';
  /** What file-type may call such content; for text, nothing is expected. */
  signatures: readonly string[];
}

const text = (contentType: string): FileType => ({
  contentType: `${contentType}; charset=utf-8`,
  form: 'text',
  signatures: [],
});
const binary = (contentType: string, ...signatures: string[]): FileType => ({
  contentType,
  form: 'binary',
  signatures,
});

/** Every extension whose content can be checked; UPLOAD_TYPES picks from these. */
export const knownTypes: Readonly<Record<string, FileType>> = {
  avif: binary('image/avif', 'avif'),
  csv: text('text/csv'),
  gif: binary('image/gif', 'gif'),
  gz: binary('application/gzip', 'gz'),
  jpeg: binary('image/jpeg', 'jpg'),
  jpg: binary('image/jpeg', 'jpg'),
  json: { contentType: 'application/json', form: 'json', signatures: [] },
  md: text('text/markdown'),
  mp4: binary('video/mp4', 'mp4'),
  ndjson: text('application/x-ndjson'),
  pdf: binary('application/pdf', 'pdf'),
  png: binary('image/png', 'png', 'apng'),
  tsv: text('text/tab-separated-values'),
  txt: text('text/plain'),
  webp: binary('image/webp', 'webp'),
  zip: binary('application/zip', 'zip'),
};

/** Finds the type of a file name. */
export type TypeOf = (name: string) => FileType;

/**
 * Reads the setting UPLOAD_TYPES.
 * @param setting extensions, comma-separated
 * @returns what finds the type of a file name; it throws the Problem FILE_TYPE_NOT_ALLOWED for every other name
 * @throws {ConfigError} where the content of an extension cannot be checked
 */
export function allowedTypes(setting: string): TypeOf {
  const extensions = setting.split(',');
  for (const extension of extensions) {
    if (Object.hasOwn(knownTypes, extension)) continue;
    const known = Object.keys(knownTypes).join(', ');
    throw new ConfigError(`UPLOAD_TYPES: the content of ${extension} cannot be checked; known are ${known}`);
  }
  const list = extensions.join(', ');
  return (name) => {
    const extension = extname(name).slice(1).toLowerCase();
    if (extensions.includes(extension)) return knownTypes[extension]!;
    throw new Problem('FILE_TYPE_NOT_ALLOWED', `The file's extension must be one of ${list}`);
  };
}
