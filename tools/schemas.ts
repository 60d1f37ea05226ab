// Writes the schemas that kubeconform checks manifests by into .cache/schemas/<Kubernetes version>: those of Kubernetes
// itself and of the custom kinds, from the Go modules that tools/versions names. Needs Go; done once for each content of
// tools/versions.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

type Schema = { [key: string]: unknown; properties?: Record<string, Schema> };
interface Kind {
  group: string;
  version: string;
  kind: string;
}

const reference = '#/definitions/';
const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const folder = '.cache/schemas';

const table = readFileSync('tools/versions', 'utf8');
const stamp = join(folder, 'versions');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== table) {
  rmSync(folder, { recursive: true, force: true });
  const rows = (name: string) =>
    [...table.matchAll(new RegExp(`^${name} +(\\S+) +(\\S+) +(\\S+)$`, 'gm'))].map(
      ([, version, module, path]) => ({
        version: version!,
        path: join(moduleFolder(`${module}@v${version}`), path!),
      }),
    );
  for (const { version, path } of rows('kubernetes')) {
    const definitions = strictDefinitions(JSON.parse(readFileSync(path, 'utf8')).definitions);
    const count = writeKinds(join(folder, version), definitions);
    const custom = rows('crds').reduce(
      (sum, crds) => sum + writeCustomKinds(join(folder, version), crds.path, definitions),
      0,
    );
    console.error(`schemas: ${count} kinds of Kubernetes ${version}, ${custom} custom ones`);
  }
  writeFileSync(stamp, table);
}

function moduleFolder(module: string): string {
  console.error(`schemas: ${module}`);
  return JSON.parse(execFileSync('go', ['mod', 'download', '-json', module], { encoding: 'utf8', cwd: '/' }))
    .Dir;
}

/** Makes unknown fields wrong, as the API server's strict decoding does; optional fields may be null. */
function strict(schema: Schema): Schema {
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') {
    for (const key of ['type', 'format', 'anyOf']) delete schema[key];
    schema.oneOf = [{ type: 'string' }, { type: 'integer' }];
  }
  delete schema['x-kubernetes-validations'];
  const required = new Set(schema.required as string[] | undefined);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    strict(property);
    if (required.has(name)) continue;
    if (typeof property.type === 'string') property.type = [property.type, 'null'];
    if (Array.isArray(property.enum)) property.enum.push(null);
  }
  if (schema.properties && !schema['x-kubernetes-preserve-unknown-fields'])
    schema.additionalProperties ??= false;
  for (const key of ['items', 'additionalProperties']) {
    if (typeof schema[key] === 'object' && schema[key]) strict(schema[key] as Schema);
  }
  return schema;
}

function strictDefinitions(definitions: Record<string, Schema>): Record<string, Schema> {
  for (const [name, schema] of Object.entries(definitions)) {
    if (name.endsWith('api.resource.Quantity') || name.endsWith('util.intstr.IntOrString')) {
      definitions[name] = { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] };
    } else if (!name.endsWith('JSONSchemaProps')) strict(schema);
  }
  return definitions;
}

function writeKinds(out: string, definitions: Record<string, Schema>): number {
  let count = 0;
  for (const schema of Object.values(definitions)) {
    const kinds = schema['x-kubernetes-group-version-kind'] as Kind[] | undefined;
    if (kinds?.length !== 1) continue; // several: DeleteOptions, WatchEvent and their like
    const { group, version, kind } = kinds[0]!;
    const own = structuredClone(schema);
    own.properties!.apiVersion = { type: 'string', enum: [group ? `${group}/${version}` : version] };
    own.properties!.kind = { type: 'string', enum: [kind] };
    const name = [kind.toLowerCase(), group.split('.')[0], version].filter(Boolean).join('-');
    write(out, name, own, definitions);
    count++;
  }
  return count;
}

function writeCustomKinds(out: string, path: string, definitions: Record<string, Schema>): number {
  const files = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true }).map((file) => join(path, String(file)))
    : [path];
  let count = 0;
  for (const file of files.filter((name) => name.endsWith('.yaml'))) {
    for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
      const crd = document.toJSON();
      if (crd?.kind !== 'CustomResourceDefinition') continue;
      for (const version of crd.spec.versions) {
        if (!version.schema?.openAPIV3Schema) continue;
        const schema = strict(version.schema.openAPIV3Schema);
        schema.properties!.metadata = { $ref: reference + metadata };
        schema.properties!.apiVersion = { type: 'string', enum: [`${crd.spec.group}/${version.name}`] };
        schema.properties!.kind = { type: 'string', enum: [crd.spec.names.kind] };
        write(
          join(out, crd.spec.group),
          `${crd.spec.names.kind.toLowerCase()}_${version.name}`,
          schema,
          definitions,
        );
        count++;
      }
    }
  }
  return count;
}

function write(out: string, name: string, schema: Schema, definitions: Record<string, Schema>): void {
  mkdirSync(out, { recursive: true });
  const used = new Set<string>();
  collect(schema, used, definitions);
  const own = Object.fromEntries([...used].sort().map((key) => [key, definitions[key]]));
  writeFileSync(join(out, `${name}.json`), JSON.stringify({ ...schema, definitions: own }));
}

function collect(schema: unknown, used: Set<string>, definitions: Record<string, Schema>): void {
  if (typeof schema !== 'object' || schema === null) return;
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref' && typeof value === 'string') {
      const name = value.slice(reference.length);
      if (used.has(name)) continue;
      used.add(name);
      collect(definitions[name], used, definitions);
    } else collect(value, used, definitions);
  }
}
