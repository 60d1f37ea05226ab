import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError, readConfig, readMongodbConfig, serviceSchema } from '../src/config.ts';

const TOKEN = 'a-token-of-16-characters';
const refusal = (env: Record<string, string>) => {
  try {
    readConfig(env);
  } catch (error) {
    return error instanceof ConfigError ? error.message : error;
  }
  return 'accepted';
};

t.test('an empty environment gives every setting its default', async (t) => {
  const defaults = Object.entries(serviceSchema.properties).map(([name, property]) => [
    name,
    (property as unknown as { default: unknown }).default,
  ]);
  t.strictSame(readConfig({}), Object.fromEntries(defaults));
  t.match(readConfig({}), {
    PORT: 8080,
    METRICS_PORT: 9090,
    RECORD_NOT_FOUND_STATUS: 404,
    LOG_LEVEL: 'info',
  });
});

t.test(
  'values are given as the types that the schema says, and what it does not know is left out',
  async (t) => {
    const config = readConfig({
      PORT: '8081',
      RECORD_NOT_FOUND_STATUS: '204',
      LOG_LEVEL: 'warn',
      HOME: '/root',
    });
    t.match(config, { PORT: 8081, RECORD_NOT_FOUND_STATUS: 204, LOG_LEVEL: 'warn' });
    t.notOk('HOME' in config);
  },
);

t.test('an empty variable means the default', async (t) => {
  t.equal(readConfig({ PORT: '', UPLOAD_TOKEN_FILE: '' }).PORT, 8080);
});

const wrong: [string, string, RegExp][] = [
  ['PORT', 'eighty', /^PORT: must be integer\. The port of the API/],
  ['PORT', '80.5', /^PORT: must be integer/],
  ['PORT', '65536', /^PORT: must be <= 65535/],
  ['METRICS_PORT', '-1', /^METRICS_PORT: must be >= 0/],
  ['NODE_ENV', 'staging', /^NODE_ENV: must be one of production, development, test/],
  ['LOG_LEVEL', 'loud', /^LOG_LEVEL: must be one of fatal, error, warn, info, debug, trace, silent/],
  ['RECORD_NOT_FOUND_STATUS', '200', /^RECORD_NOT_FOUND_STATUS: must be one of 404, 204/],
  ['MONGODB_URI', 'postgres://u:hunter2@h/db', /^MONGODB_URI: must match pattern/],
  ['MONGODB_DATABASE', 'a/b', /^MONGODB_DATABASE: must match pattern/],
  ['MONGODB_COLLECTION', 'system.users', /^MONGODB_COLLECTION: must match pattern/],
  ['MONGODB_COLLECTION', 'a$b', /^MONGODB_COLLECTION: must match pattern/],
  ['MONGODB_MAX_POOL_SIZE', '0', /^MONGODB_MAX_POOL_SIZE: must be >= 1/],
  ['CACHE_CONTROL', 'no-cache\r\nx: y', /^CACHE_CONTROL: must match pattern/],
  ['CORS_ORIGINS', 'https://a.example/', /^CORS_ORIGINS: must match pattern/],
  ['CORS_ORIGINS', 'a.example', /^CORS_ORIGINS: must match pattern/],
  ['CORS_ORIGINS', '*,https://a.example', /^CORS_ORIGINS: must match pattern/],
  ['UPLOAD_TOKEN', 'hunter2', /^UPLOAD_TOKEN: must match pattern/],
  ['UPLOAD_TYPES', '.PNG', /^UPLOAD_TYPES: must match pattern/],
  ['UPLOAD_MAX_BYTES', '0', /^UPLOAD_MAX_BYTES: must be >= 1/],
  ['REQUEST_TIMEOUT_MS', '1', /^REQUEST_TIMEOUT_MS: must be >= 100/],
];
for (const [name, value, message] of wrong) {
  t.test(
    `${name} ${JSON.stringify(value)} is refused in one line that names it and not the value`,
    async (t) => {
      const line = refusal({ [name]: value });
      t.match(line, message);
      t.notMatch(line, /\n|hunter2/);
    },
  );
}

const right: [string, string][] = [
  ['PORT', '0'],
  ['MONGODB_URI', 'mongodb+srv://host.example/records'],
  ['MONGODB_DATABASE', 'a-b_c'],
  ['MONGODB_COLLECTION', 'my.records'],
  ['CORS_ORIGINS', 'https://a.example,http://localhost:3000'],
  ['CORS_ORIGINS', '*'],
  ['UPLOAD_TOKEN', TOKEN],
  ['UPLOAD_TYPES', 'png,jpg'],
];
for (const [name, value] of right) {
  t.test(`${name} ${JSON.stringify(value)} is accepted`, async (t) => {
    t.equal(String(readConfig({ [name]: value })[name as 'PORT']), value);
  });
}

t.test('settings that contradict each other are refused, and their neighbours are not', async (t) => {
  t.match(
    refusal({ HEADERS_TIMEOUT_MS: '2000', REQUEST_TIMEOUT_MS: '1999' }),
    /^HEADERS_TIMEOUT_MS: must not exceed/,
  );
  t.equal(refusal({ HEADERS_TIMEOUT_MS: '2000', REQUEST_TIMEOUT_MS: '2000' }), 'accepted');
  t.match(
    refusal({ SHUTDOWN_DELAY_MS: '1000', SHUTDOWN_TIMEOUT_MS: '1000' }),
    /^SHUTDOWN_TIMEOUT_MS: must be greater/,
  );
  t.equal(refusal({ SHUTDOWN_DELAY_MS: '1000', SHUTDOWN_TIMEOUT_MS: '1001' }), 'accepted');
  t.match(refusal({ PORT: '8000', METRICS_PORT: '8000' }), /^METRICS_PORT: must differ from PORT/);
  t.equal(refusal({ PORT: '0', METRICS_PORT: '0' }), 'accepted');
});

t.test('production is refused without an upload token and accepted with one', async (t) => {
  t.match(refusal({ NODE_ENV: 'production' }), /^UPLOAD_TOKEN: must be set in production/);
  t.equal(refusal({ NODE_ENV: 'production', UPLOAD_TOKEN: TOKEN }), 'accepted');
});

t.test('a secret is read from the file that NAME_FILE names, without the space around it', async (t) => {
  const directory = t.testdir({ token: `${TOKEN}\n`, uri: '\nmongodb://db.example/x\n', empty: '\n' });
  const config = readConfig({
    NODE_ENV: 'production',
    UPLOAD_TOKEN_FILE: join(directory, 'token'),
    MONGODB_URI_FILE: join(directory, 'uri'),
  });
  t.match(config, { UPLOAD_TOKEN: TOKEN, MONGODB_URI: 'mongodb://db.example/x' });
  t.equal(
    refusal({ UPLOAD_TOKEN_FILE: join(directory, 'empty') }),
    'UPLOAD_TOKEN_FILE: the file that it names is empty',
  );
});

t.test(
  'a secret file that cannot be read is refused without its path, which may be the secret itself',
  async (t) => {
    t.equal(
      refusal({ MONGODB_URI_FILE: 'mongodb://u:hunter2@h/db' }),
      'MONGODB_URI_FILE: the file that it names cannot be read (ENOENT)',
    );
    t.equal(
      refusal({ UPLOAD_TOKEN_FILE: t.testdir() }),
      'UPLOAD_TOKEN_FILE: the file that it names cannot be read (EISDIR)',
    );
  },
);

t.test('a secret both in a variable and in a file is refused', async (t) => {
  const directory = t.testdir({ token: TOKEN });
  t.equal(
    refusal({ UPLOAD_TOKEN: TOKEN, UPLOAD_TOKEN_FILE: join(directory, 'token') }),
    'UPLOAD_TOKEN: set either UPLOAD_TOKEN or UPLOAD_TOKEN_FILE, not both',
  );
});

t.test('a wrong value in a secret file is refused without being shown', async (t) => {
  const file = join(t.testdir(), 'token');
  writeFileSync(file, 'hunter2');
  t.match(refusal({ UPLOAD_TOKEN_FILE: file }), /^UPLOAD_TOKEN: must match pattern/);
  t.notMatch(refusal({ UPLOAD_TOKEN_FILE: file }), /hunter2/);
});

t.test('the seeder reads its own settings and does not look at the others', async (t) => {
  const config = readMongodbConfig({ MONGODB_DATABASE: 'x', PORT: 'wrong', UPLOAD_TOKEN_FILE: '/nowhere' });
  t.match(config, { MONGODB_DATABASE: 'x', MONGODB_COLLECTION: 'records' });
  t.notOk('PORT' in config);
});
