import t from 'tap';
import { ConfigError, readMongodbConfig } from '../src/config.ts';
import { createMongoClient, databaseName } from '../src/mongodb-client.ts';

const configOf = (MONGODB_URI: string, MONGODB_DATABASE = '') =>
  readMongodbConfig({ MONGODB_URI, MONGODB_DATABASE });

const refusal = (uri: string) => {
  try {
    createMongoClient(configOf(uri));
  } catch (error) {
    return error instanceof ConfigError ? error.message : error;
  }
  return 'accepted';
};

const names: [string, string, string][] = [
  ['mongodb://h/food', '', 'food'],
  ['mongodb://h/food?retryWrites=false', '', 'food'],
  ['mongodb://u:p@a:1,b:2/f%C3%BCr', '', 'für'],
  ['mongodb+srv://h.example.org/food', '', 'food'],
  ['mongodb://h/food', 'drinks', 'drinks'],
  ['mongodb://h/', '', 'records'],
  ['mongodb://h', '', 'records'],
  ['mongodb://h/?directConnection=true', '', 'records'],
];
for (const [uri, setting, name] of names) {
  t.test(`the database of ${uri} with MONGODB_DATABASE "${setting}" is ${name}`, async (t) => {
    t.equal(databaseName(configOf(uri, setting)), name);
  });
}

t.test('a connection string that the driver refuses is a wrong setting, with its reason', async (t) => {
  const line = "MONGODB_URI: is not a connection string that MongoDB's driver can use";
  t.equal(refusal('mongodb://h/?retryEverything=1'), `${line}: option retryeverything is not supported`);
  t.match(refusal('mongodb://h/a.b'), /^MONGODB_URI: is not .+ cannot contain the character '\.'$/);
  t.match(refusal('mongodb://h/%zz'), /^MONGODB_URI: is not .+: URI malformed$/);
});

t.test('a refused connection string with a password is not quoted in part or as a whole', async (t) => {
  for (const uri of [
    'mongodb://bob:hun/ter2@h/x',
    'mongodb://bob:hun?ter2@h/x',
    'mongodb://bob:hunter2@h/?ter2=1',
  ])
    t.equal(refusal(uri), "MONGODB_URI: is not a connection string that MongoDB's driver can use");
});

t.test('the client takes its limits from the settings', async (t) => {
  const client = createMongoClient(
    readMongodbConfig({
      MONGODB_SELECTION_TIMEOUT_MS: '1001',
      MONGODB_CONNECT_TIMEOUT_MS: '1002',
      MONGODB_SOCKET_TIMEOUT_MS: '1003',
      MONGODB_MAX_POOL_SIZE: '7',
    }),
  );
  t.match(client.options, {
    serverSelectionTimeoutMS: 1001,
    waitQueueTimeoutMS: 1001,
    connectTimeoutMS: 1002,
    socketTimeoutMS: 1003,
    maxPoolSize: 7,
    heartbeatFrequencyMS: 1000,
  });
});
