import { ObjectId } from 'mongodb';
import { Exit, SeedError } from '../exit-status.ts';

const OBJECT_ID = /^[0-9a-f]{24}$/i;

/**
 * Cuts a row into its cells.
 * @param row one row, perhaps with line ends inside of quotes
 * @returns the cells without their quotes, or the reason why the row is malformed
 */
export function splitCells(row: string): string[] | string {
  const text = row.endsWith('\r') ? row.slice(0, -1) : row;
  const cells: string[] = [];
  for (let at = 0; ; at += 1) {
    if (text[at] === '"') {
      let end = text.indexOf('"', at + 1);
      while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
      if (end === -1) return 'a quote is not closed';
      cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < text.length && text[at] !== ',') return 'a closing quote is not followed by a comma';
    } else {
      const comma = text.indexOf(',', at);
      const end = comma === -1 ? text.length : comma;
      cells.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return cells;
  }
}

/**
 * Checks the names of the columns.
 * @param cells the first row, or the reason why it is malformed
 * @returns the names
 * @throws {SeedError} with {@link Exit.data}
 */
export function checkHeader(cells: string[] | string): string[] {
  const refuse = (reason: string) => new SeedError(Exit.data, `the header of the CSV file: ${reason}`);
  if (typeof cells === 'string') throw refuse(cells);
  for (const [index, name] of cells.entries()) {
    if (name === '') throw refuse(`column ${index + 1} has no name`);
    if (name.startsWith('$')) throw refuse(`the name of column ${index + 1} starts with $`);
    if (name.includes('\0')) throw refuse(`the name of column ${index + 1} contains NUL`);
    const first = cells.indexOf(name);
    if (first < index) throw refuse(`columns ${first + 1} and ${index + 1} have the same name`);
  }
  return cells;
}

/**
 * Gives a cell its type. CSV has none, so only what loses nothing changes: a number in the one form that JavaScript
 * would write it in, and the 24 hex digits of an `_id`, which the API writes for an ObjectId.
 * @param name the column's name
 * @param cell the text, not empty
 * @returns a number, an ObjectId or the same text; `007` and `1.10` stay text
 */
export function cellValue(name: string, cell: string): number | string | ObjectId {
  if (name === '_id' && OBJECT_ID.test(cell)) return new ObjectId(cell);
  const value = Number(cell);
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact && String(value) === cell ? value : cell;
}
