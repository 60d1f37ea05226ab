import type { TProperties } from 'typebox';
import { EXIT_CONFIG, EXIT_USAGE, secretSettings, serviceSchema } from './config.ts';

interface Schema {
  default: string | number;
  description: string;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
}

export interface Setting {
  name: string;
  /** As it is set; empty where there is none. */
  fallback: string;
  /** The values that are allowed, in words; empty where a pattern decides. */
  allowed: string;
  description: string;
  /** Whether `<NAME>_FILE` can name a file that holds it. */
  secret: boolean;
}

function allowed({ enum: choices, minimum, maximum }: Schema): string {
  if (choices) return `one of ${choices.join(', ')}`;
  return minimum === undefined ? '' : `${minimum} to ${maximum}`;
}

/**
 * Describes settings, for `--help` and the docs.
 * @param properties of a schema in config.ts
 */
export function describeSettings(properties: TProperties): Setting[] {
  return Object.entries(properties).map(([name, property]) => {
    const schema = property as unknown as Schema;
    return {
      name,
      fallback: String(schema.default),
      allowed: allowed(schema),
      description: schema.description,
      secret: secretSettings.some((secret) => secret === name),
    };
  });
}

/** Lists the settings of the service for `--help`, as text for a terminal. */
export function settingsHelp(): string {
  const lines = ['Serves the records of a MongoDB collection. Everything is set by the environment:', ''];
  for (const { name, fallback, allowed, description, secret } of describeSettings(serviceSchema.properties)) {
    lines.push(`  ${name} (${[fallback || 'empty', allowed].filter(Boolean).join('; ')})`);
    lines.push(`      ${description}${secret ? ` Also from the file named by ${name}_FILE.` : ''}`);
  }
  lines.push(
    '',
    'Exit status: 0 it stopped when asked to, 1 it failed or had to be cut off while stopping,',
    `${EXIT_USAGE} an argument is unknown, ${EXIT_CONFIG} a setting is wrong.`,
    '',
  );
  return lines.join('\n');
}
