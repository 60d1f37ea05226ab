// Starts a program of the image: `node start.cjs service|seed [ARGUMENT]...`. Its source and what V8 compiled of it when
// the image was built lie packed beside this file; code that V8 does not take, of another version, is compiled anew.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');
const { zstdDecompressSync } = require('node:zlib');

const [name] = process.argv.splice(2, 1);
const filename = join(__dirname, `${name}.cjs`);
const unpack = (path) => (existsSync(path) ? zstdDecompressSync(readFileSync(path), { chunkSize: 4 << 20 }) : undefined);

const source = unpack(`${filename}.zst`).toString('latin1');
const script = new Script(source, { filename, cachedData: unpack(`${filename}.code.zst`) });
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, require, module_, filename, __dirname);

// For tools/image/warm.mjs, when the image is built.
exports.script = script;
