import t from 'tap';
import { readConfig } from '../../src/config.ts';
import { allowedTypes, knownTypes } from '../../src/files/allowed-types.ts';
import { buildApp } from '../support/app.ts';

t.test('a name is of the type of its last extension, whatever its case', async (t) => {
  const typeOf = allowedTypes('jpg,txt');
  t.equal(typeOf('a.txt.JPG'), knownTypes.jpg);
  t.equal(typeOf('a.jpg.txt'), knownTypes.txt);
  for (const name of ['a.png', 'jpg', '.jpg', 'a.jpg.', 'a.jpg ']) {
    t.throws(() => typeOf(name), {
      code: 'FILE_TYPE_NOT_ALLOWED',
      message: "The file's extension must be one of jpg, txt",
    });
  }
});

t.test('each extension of the default setting is known', async (t) => {
  for (const extension of readConfig({}).UPLOAD_TYPES.split(',')) t.ok(knownTypes[extension], extension);
});

t.test(
  'an extension whose content cannot be checked stops the start with the name of the setting',
  async (t) => {
    const message =
      'UPLOAD_TYPES: the content of exe cannot be checked; known are avif, csv, gif, gz, jpeg, jpg, json, md, mp4, ' +
      'ndjson, pdf, png, tsv, txt, webp, zip';
    t.throws(() => allowedTypes('txt,exe'), { name: 'ConfigError', message });
    t.throws(() => allowedTypes('constructor'), { name: 'ConfigError' });
    await t.rejects(buildApp(t, { UPLOAD_TYPES: 'txt,exe' }), { message });
  },
);
