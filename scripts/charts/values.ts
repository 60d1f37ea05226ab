import { readFileSync } from 'node:fs';
import { isMap, isScalar, type Node, type Pair, parse, parseDocument, type Scalar } from 'yaml';
import { serviceSchema } from '../../service/src/config.ts';

type Schema = Record<string, unknown>;

/** One value of a values.yaml: its path, what its comment says of it, and the values below it. */
export interface Value {
  path: string[];
  description: string;
  schema: Schema;
  default: unknown;
  children: Value[];
}

/**
 * Reads a chart's values with their comments: `# -- sentence` and, where the default does not tell the type,
 * `# @schema {...}` in JSON Schema's words.
 * @throws {Error} naming the first value that has no sentence
 */
export function readValues(file: string): Value[] {
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (!isMap(document.contents)) throw new Error(`${file}: not a map of values`);
  return childrenOf(document.contents, [], document.commentBefore ?? '', file);
}

function childrenOf(map: Node, path: string[], firstComment: string, file: string): Value[] {
  if (!isMap(map)) return [];
  return map.items.map((item, index) => {
    const pair = item as Pair<Scalar<string>, Node>;
    const comment = [
      index === 0 ? firstComment || (map.commentBefore ?? '') : '',
      pair.key.commentBefore ?? '',
    ].join('\n');
    const lines = comment.split('\n').map((line) => line.trim());
    const description = lines.find((line) => line.startsWith('-- '))?.slice(3) ?? '';
    const annotation = lines.find((line) => line.startsWith('@schema '))?.slice(8);
    const here = [...path, pair.key.value];
    const schema = (annotation ? parse(annotation) : {}) as Schema;
    const open = !annotation && isMap(pair.value) && pair.value.items.length > 0 && !description;
    const children = open ? childrenOf(pair.value!, here, '', file) : [];
    if (!children.length && !description)
      throw new Error(`${file}: ${here.join('.')} has no "# -- sentence" that says what it is`);
    return {
      path: here,
      description,
      schema,
      default: isScalar(pair.value) ? pair.value.value : pair.value?.toJSON(),
      children,
    };
  });
}

/** What several charts mean by the same kind of value; refused is every key that Kubernetes does not know. */
const definitions: Record<string, Schema> = {
  strings: { type: 'object', additionalProperties: { type: 'string' } },
  resources: {
    type: 'object',
    properties: { requests: { $ref: '#/$defs/quantities' }, limits: { $ref: '#/$defs/quantities' } },
    additionalProperties: false,
  },
  quantities: {
    type: 'object',
    properties: { cpu: quantity(), memory: quantity(), 'ephemeral-storage': quantity() },
    patternProperties: { '^[a-z0-9.-]+/.+$': quantity() },
    additionalProperties: false,
  },
  peers: {
    type: 'array',
    items: {
      type: 'object',
      minProperties: 1,
      properties: {
        podSelector: { $ref: '#/$defs/selector' },
        namespaceSelector: { $ref: '#/$defs/selector' },
        ipBlock: {
          type: 'object',
          required: ['cidr'],
          properties: { cidr: { type: 'string' }, except: { type: 'array', items: { type: 'string' } } },
          additionalProperties: false,
        },
      },
      additionalProperties: false,
    },
  },
  selector: {
    type: 'object',
    properties: {
      matchLabels: { $ref: '#/$defs/strings' },
      matchExpressions: { type: 'array', items: { type: 'object', required: ['key', 'operator'] } },
    },
    additionalProperties: false,
  },
  tolerations: {
    type: 'array',
    items: {
      type: 'object',
      properties: {
        key: { type: 'string' },
        operator: { enum: ['Exists', 'Equal'] },
        value: { type: 'string' },
        effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
        tolerationSeconds: { type: 'integer' },
      },
      additionalProperties: false,
    },
  },
  affinity: {
    type: 'object',
    properties: {
      nodeAffinity: { type: 'object' },
      podAffinity: { type: 'object' },
      podAntiAffinity: { type: 'object' },
    },
    additionalProperties: false,
  },
};

function quantity(): Schema {
  return { type: ['string', 'number'], pattern: '^[0-9.]+(m|k|Ki|M|Mi|G|Gi|T|Ti)?$' };
}

/** The JSON schema of a chart's values: every key known, no other allowed. */
export function toSchema(chart: string, values: Value[]): Schema {
  const schema = {
    $comment: 'Generated from values.yaml by scripts/generate-charts.ts.',
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `Values of the chart ${chart}`,
    ...objectOf(values),
  };
  const used = new Set<string>();
  collectReferences(schema, used);
  return {
    ...schema,
    $defs: Object.fromEntries(Object.entries(definitions).filter(([name]) => used.has(name))),
  };
}

function objectOf(values: Value[]): Schema {
  return {
    type: 'object',
    properties: Object.fromEntries(values.map((value) => [value.path.at(-1)!, schemaOf(value)])),
    additionalProperties: false,
  };
}

function schemaOf(value: Value): Schema {
  if (value.children.length) return objectOf(value.children);
  const { settings, ...given } = value.schema;
  if (settings) return { description: value.description, ...serviceSettings(), ...given };
  const inferred =
    'type' in given || '$ref' in given || 'enum' in given ? {} : { type: typeOf(value.default) };
  return { description: value.description, ...inferred, default: value.default, ...given };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return value === null ? 'null' : typeof value;
}

function collectReferences(schema: unknown, used: Set<string>): void {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    const name = key === '$ref' ? String(value).split('/').at(-1)! : '';
    if (name && !used.has(name)) {
      if (!definitions[name]) throw new Error(`@schema {$ref: ${value}}: there is no such definition`);
      used.add(name);
      collectReferences(definitions[name], used);
    }
    collectReferences(value, used);
  }
}

/** Settings that the chart sets itself, from other values. */
const ownSettings = [
  'HOST',
  'PORT',
  'METRICS_PORT',
  'SHUTDOWN_DELAY_MS',
  'SHUTDOWN_TIMEOUT_MS',
  'MONGODB_URI',
  'UPLOAD_TOKEN',
];

/** The service's own schema of its settings, in the chart's spelling: one source for both. */
export function serviceSettings(): Schema {
  const properties: Record<string, Schema> = {};
  for (const [name, setting] of Object.entries(serviceSchema.properties)) {
    if (ownSettings.includes(name)) continue;
    const { pattern, ...rest } = JSON.parse(JSON.stringify(setting)) as Schema & { pattern?: string };
    // Helm's regular expressions know no lookahead and no \u: there the service alone refuses.
    const readable = pattern && !/\(\?[!=<]|\\u/.test(pattern) ? { pattern } : {};
    properties[camelCase(name)] = { ...rest, ...readable };
  }
  return { type: 'object', properties, additionalProperties: false };
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
