/** Bundles the service and the seeder for the image: `node tools/image/bundle.ts FOLDER`. start.cjs runs what it writes. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, zstdCompressSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

/** Pages of the documentation that the service makes itself, or that nothing asks for. */
const UNUSED = ['csp.json', 'index.html', 'swagger-ui.js'];
const DOCS = 'node_modules/@fastify/swagger-ui/static';
const ENTRIES = { service: 'service/src/main.ts', seed: 'service/src/seed/main.ts' };

const folder = process.argv[2];
if (!folder || folder === '--help') {
  process.stdout.write('Usage: node tools/image/bundle.ts FOLDER\n');
  process.exit(folder ? 0 : 64);
}

/** What to change in which file: each pattern, and what stands there then. */
const CHANGES: { file: RegExp; changes: [RegExp, string][] }[] = [
  {
    file: /\/ajv\/dist\/core\.js$/,
    changes: [
      [/(validateSchema: \(\w+ = o\.validateSchema\) !== null && \w+ !== void 0 \? \w+ : )true/, '$1false'],
      [/(_optz === true) \|\| _optz === undefined( \? 1 : _optz \|\| 0)/, '$1$2'],
    ],
  },
  {
    file: /\/fastify\/lib\/plugin-utils\.js$/,
    changes: [[/(function checkVersion \(fn\) \{)/, '$1 return;']],
  },
  {
    file: /\/@fastify\/compress\/lib\/utils\.js$/,
    changes: [[/return obj instanceof Response/, 'return false']],
  },
  {
    file: /\/fastify\/lib\/server\.js$/,
    changes: [[/const http2 = require\('node:http2'\)/, '']],
  },
];

/**
 * Ajv checks every schema against the schema of schemas and polishes the code that it generates, and Fastify compares its
 * version with what each plugin wants; the tests have seen that they fit. Fastify loads HTTP/2 whether it is used or not,
 * @fastify/compress loads fetch to tell whether an answer is one of its responses, which none is. The image does without
 * all that: a third of the time to the first answer.
 */
const startFaster: Plugin = {
  name: 'start-faster',
  setup({ onLoad }) {
    for (const { file, changes } of CHANGES) {
      onLoad({ filter: file }, ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const [before, after] of changes) {
          if (!before.test(contents)) throw new Error(`${path} has changed: there is no ${before}`);
          contents = contents.replace(before, after);
        }
        return { contents, loader: 'js' };
      });
    }
  },
};

const { outputFiles } = await build({
  entryPoints: ENTRIES,
  outdir: folder,
  write: false,
  bundle: true,
  minify: true,
  charset: 'ascii',
  platform: 'node',
  target: 'node26',
  format: 'cjs',
  legalComments: 'none',
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
  // Never asked for: terminals are a developer's, serializers are JSON.stringify (app.ts), `inject` is for tests.
  external: ['pino-pretty', '@fastify/fast-json-stringify-compiler', 'light-my-request'],
  // A script of node:vm has `require`, but no `import()`.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [startFaster],
  alias: {
    // The driver's parser of connection strings brings a URL class of its own, with 240 KB of tables; Node has one.
    'whatwg-url': 'node:url',
    '@fastify/static': './tools/image/packed-static.ts',
  },
});

mkdirSync(join(folder, 'static'), { recursive: true });
for (const { path, text } of outputFiles) {
  const script = `(function(exports,require,module,__filename,__dirname){${text}\n})`;
  const params = { [constants.ZSTD_c_compressionLevel]: 19 };
  writeFileSync(path.replace(/\.js$/, '.cjs.zst'), zstdCompressSync(script, { params }));
}
for (const file of readdirSync(DOCS)) {
  if (UNUSED.includes(file)) continue;
  writeFileSync(join(folder, 'static', `${file}.br`), brotliCompressSync(readFileSync(join(DOCS, file))));
}
// Read by @fastify/swagger-ui itself.
writeFileSync(join(folder, 'static', 'logo.svg'), readFileSync(join(DOCS, 'logo.svg')));
