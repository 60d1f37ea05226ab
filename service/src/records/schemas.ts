import { type Static, Type } from 'typebox';
import { operatorNames } from './filters.ts';

export const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const fields = Type.Optional(
  Type.String({
    maxLength: 4096,
    description: 'Field paths to give, comma-separated: `name,address.city`. `_id` is always given.',
  }),
);

/** Shown with the operation: OpenAPI has no form for parameters whose names are the fields of the data. */
export const LIST_DESCRIPTION = `Every parameter that is not named below is a filter; all of them must hold:

| Filter | Matches |
|---|---|
| \`rating=4.5\` | the number 4.5 and the string "4.5" |
| \`rating="4.5"\` | the string only |
| \`rating[gte]=4\` | numbers from 4 up; also \`gt\`, \`lte\`, \`lt\` |
| \`outcode[in]=CF24,L4\` | any of these; \`nin\` none of them, \`ne\` not this one |
| \`rating[exists]=true\` | records that have the field |
| \`name[prefix]=Caf\` | strings that begin so |
| \`address.city=Leeds\` | a field below another one |

The answer is a page. The next one is in the \`Link\` header, and each record that stays is seen once, however many come
and go meanwhile. With \`Accept: application/x-ndjson\` or \`text/csv\` the answer is the whole result as a stream.`;

const filterValue = Type.Union([Type.String(), Type.Array(Type.String())]);

export const ListQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_LIMIT,
        default: DEFAULT_LIMIT,
        description: 'Records a page.',
      }),
    ),
    cursor: Type.Optional(
      Type.String({
        maxLength: 8192,
        description: 'Where the page starts; taken from the `Link` header of the page before it.',
      }),
    ),
    sort: Type.Optional(
      Type.String({
        maxLength: 2048,
        description: 'Field paths, most significant first; `-` sorts descending: `name,-rating`.',
      }),
    ),
    fields,
    count: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Add the number of all matching records as `X-Total-Count`.',
      }),
    ),
  },
  {
    additionalProperties: filterValue,
    description: `Every other parameter is a filter, \`field=value\` or \`field[operator]=value\` (${operatorNames.join(', ')}).`,
  },
);
export type ListQuery = Static<typeof ListQuery>;

export const GetQuery = Type.Object({ fields }, { additionalProperties: false });

export const RecordId = Type.Object({
  id: Type.String({
    minLength: 1,
    maxLength: 1024,
    description: 'A 24-hex ObjectId, or else a string or an integer `_id`.',
  }),
});

export const RecordSchema = Type.Object(
  { _id: Type.Unknown({ description: "The record's id." }) },
  { additionalProperties: true, description: 'A record, its fields as in the dataset.' },
);

const listHeaders = {
  Link: Type.Optional(
    Type.String({ description: 'The next page: `<...>; rel="next"` (RFC 8288); absent on the last.' }),
  ),
  'X-Total-Count': Type.Optional(Type.Integer({ description: 'With `count=true`: how many records match.' })),
};

/** The answer of the list, in each of its media types. */
export const listResponse = {
  description: 'The records.',
  headers: listHeaders,
  content: {
    'application/json': { schema: Type.Array(RecordSchema) },
    'application/x-ndjson': { schema: Type.String({ description: 'The whole result, one record a line.' }) },
    'text/csv': { schema: Type.String({ description: 'The whole result with a header line (RFC 4180).' }) },
  },
};
