import { isUtf8 } from 'node:buffer';
import { Exit, SeedError } from '../exit-status.ts';
import { cellValue, checkHeader, splitCells } from './csv-cells.ts';
import { isBlank, type RawRecord, RecordBuffer, TOO_LONG } from './raw-record.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;

interface Row {
  /** The line that it starts on, from 1. */
  number: number;
  text: Buffer | undefined;
}

/** Cuts a file into rows: at line ends, except those inside of quotes. */
class RowSplitter {
  readonly #row = new RecordBuffer();
  #line = 1;
  #firstLine = 1;
  #atCellStart = true;
  #quoted = false;

  /** @returns the rows that end in this chunk; the text is undefined where a row is too long */
  *split(chunk: Buffer): Generator<Row> {
    let start = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index]!;
      if (byte === NEWLINE) {
        this.#line += 1;
        // A quote that is never closed would swallow the file: in a row that is too long, a line end counts again.
        if (this.#quoted && !this.#row.isTooLong) continue;
        this.#row.append(chunk.subarray(start, index));
        start = index + 1;
        yield* this.end();
      } else if (byte === QUOTE && (this.#quoted || this.#atCellStart)) {
        this.#quoted = !this.#quoted;
        // A doubled quote inside of quotes closes them and opens them again.
        this.#atCellStart = true;
      } else {
        this.#atCellStart = byte === COMMA;
      }
    }
    this.#row.append(chunk.subarray(start));
  }

  /** @returns the row that ends here, where there is one */
  *end(): Generator<Row> {
    const text = this.#row.take();
    if (!text || !isBlank(text)) yield { number: this.#firstLine, text };
    this.#firstLine = this.#line;
    this.#atCellStart = true;
    this.#quoted = false;
  }
}

/** Makes records of rows, by the names in the first one. */
class RowReader {
  #columns: string[] | undefined;

  get hasHeader(): boolean {
    return this.#columns !== undefined;
  }

  /** @returns nothing for the header */
  *read({ number, text }: Row): Generator<RawRecord> {
    const cells = text === undefined ? TOO_LONG : isUtf8(text) ? splitCells(text.toString()) : 'not UTF-8';
    if (!this.#columns) {
      this.#columns = checkHeader(cells);
    } else if (typeof cells === 'string') {
      yield { number, reason: cells };
    } else if (cells.length !== this.#columns.length) {
      yield { number, reason: `${cells.length} cells where the header has ${this.#columns.length}` };
    } else {
      yield { number, fields: this.#fields(this.#columns, cells) };
    }
  }

  #fields(columns: string[], cells: string[]): Record<string, unknown> {
    // Through entries, since a column may be called __proto__.
    return Object.fromEntries(
      columns.flatMap((name, index) => {
        const cell = cells[index]!;
        return cell === '' ? [] : [[name, cellValue(name, cell)]];
      }),
    );
  }
}

/**
 * Reads comma-separated values (RFC 4180) whose first row names the fields.
 * @param chunks the file, UTF-8
 * @returns the rows, some at a time; one that cannot be read comes as a reason
 * @throws {SeedError} with {@link Exit.data} where there is no header, or one that does not name each field once
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<RawRecord[]> {
  const splitter = new RowSplitter();
  const reader = new RowReader();
  for await (const chunk of chunks) {
    const records: RawRecord[] = [];
    for (const row of splitter.split(chunk)) records.push(...reader.read(row));
    yield records;
  }
  const last: RawRecord[] = [];
  for (const row of splitter.end()) last.push(...reader.read(row));
  if (!reader.hasHeader) throw new SeedError(Exit.data, 'the CSV file has no header');
  yield last;
}
