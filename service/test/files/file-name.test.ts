import t from 'tap';
import { cleanFileName } from '../../src/files/file-name.ts';

t.test('a harmless name stays as it is, in any script', async (t) => {
  for (const name of ['a.txt', 'Grüße aus Köln.pdf', '写真 1.jpg', '👩‍🍳.png', 'a b  c.csv', 'tar.tar.gz']) {
    t.equal(cleanFileName(name), name);
  }
});

t.test('a name loses its path, control characters and what turns the direction of writing', async (t) => {
  t.equal(cleanFileName('../../etc/a.txt'), 'a.txt');
  t.equal(cleanFileName('C:\\temp\\a.txt'), 'a.txt');
  t.equal(cleanFileName('/etc/'), '');
  t.equal(cleanFileName('a\r\nSet-Cookie: x\0.txt'), 'aSet-Cookie: x.txt');
  t.equal(cleanFileName('photo\u202egpj.exe'), 'photogpj.exe');
  t.equal(cleanFileName(' \u2028a.txt\u007f '), 'a.txt');
  t.equal(cleanFileName('\ud800a.txt'), '\ufffda.txt');
});

t.test('a decomposed name is stored composed', async (t) => {
  t.equal(cleanFileName('u\u0308.txt'), '\u00fc.txt');
});

t.test('a long name is cut to 255 bytes between characters and keeps its extension', async (t) => {
  t.equal(cleanFileName(`${'a'.repeat(251)}.txt`), `${'a'.repeat(251)}.txt`);
  t.equal(cleanFileName(`${'a'.repeat(252)}.txt`), `${'a'.repeat(251)}.txt`);
  t.equal(cleanFileName(`${'€'.repeat(300)}.txt`), `${'€'.repeat(83)}.txt`);
  t.equal(cleanFileName(`${'😀'.repeat(300)}.txt`), `${'😀'.repeat(62)}.txt`);
  t.equal(Buffer.byteLength(cleanFileName(`a.${'x'.repeat(300)}`)), 255);
});
