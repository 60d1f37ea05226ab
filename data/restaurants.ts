import type { Random } from './random.ts';

/** Streets and names are made up; outcodes look like those of the towns. */
const towns = [
  { name: 'Cardiff', area: 'CF', districts: 24 },
  { name: 'Liverpool', area: 'L', districts: 36 },
  { name: 'Caerdydd', area: 'CF', districts: 24 },
  { name: 'Leeds', area: 'LS', districts: 29 },
  { name: 'Bristol', area: 'BS', districts: 16 },
  { name: 'Glasgow', area: 'G', districts: 53 },
  { name: 'Stoke-on-Trent', area: 'ST', districts: 12 },
  { name: 'Newcastle upon Tyne', area: 'NE', districts: 20 },
  { name: 'Bognor Regis', area: 'PO', districts: 22 },
  { name: 'Ynys Môn', area: 'LL', districts: 58 },
];
const streets = ['City Road', 'High Street', 'Station Road', 'Church Lane', "St Mary's Street", 'Mill Lane'];
const cuisines = {
  Chinese: { first: ['Golden', 'Jade', 'Lucky', '.CN', '金龙'], last: ['Dragon', 'Wok', 'Garden', 'Palace'] },
  Pizza: { first: ['Bella', 'Mamma', 'Caffè', 'Prego'], last: ['Napoli', 'Mia', 'Pizza', 'Città'] },
  Curry: { first: ['Royal', 'Spice', 'Saffron', 'New'], last: ['Bengal', 'Lounge', 'Tandoori', 'Mahal'] },
  Turkish: { first: ['Öz', 'Best', 'Star', 'İstanbul'], last: ['Kebap', 'Grill', 'Ocakbaşı', 'Meze'] },
  'Fish & Chips': {
    first: ["Harry's", 'The Codfather', 'Ocean', 'Pier'],
    last: ['Fryer', 'Chippy', 'Plaice'],
  },
  Thai: { first: ['Siam', 'Thai', 'Chilli &', 'ส้มตำ'], last: ['Orchid', 'Lime', 'Kitchen', 'Table'] },
  Breakfast: { first: ['Café', 'The Greasy', 'Early'], last: ['Zoë', 'Spoon', 'Bird', '"Full English"'] },
  American: { first: ['Big', "Smokin'", 'Route 66'], last: ['Burger', 'Wings', 'Diner', 'BBQ 🍔'] },
} satisfies Record<string, { first: string[]; last: string[] }>;
const types = Object.keys(cuisines) as (keyof typeof cuisines)[];
const ratings = [1, 2, 2.5, 3, 3.5, 4, 4, 4.5, 4.5, 5, 5, 5.5, 6, 'Not yet rated'];
const LETTERS = 'ABDEFGHJLNPQRSTUWXYZ';

export interface Restaurant {
  URL: string;
  _id: { $oid: string };
  address: string | number;
  'address line 2'?: string | null;
  name: string;
  outcode: string;
  postcode: string;
  rating?: number | string | null;
  type_of_food: string;
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

const slug = (text: string) =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/**
 * Makes one record, every tenth or so with something awkward: a rating that is text, null or missing, an address that
 * is a number, an empty or missing second line, a name beyond ASCII.
 * @param random where choices come from
 * @param index the record's number; its `_id` holds it
 */
export function makeRestaurant(random: Random, index: number): Restaurant {
  const town = random.pick(towns);
  const type = random.pick(types);
  const name = `${random.pick(cuisines[type].first)} ${random.pick(cuisines[type].last)}`;
  const house = 1 + random.below(300);
  const outcode = `${town.area}${1 + random.below(town.districts)}`;
  const postcode = `${random.below(10)}${random.pick([...LETTERS])}${random.pick([...LETTERS])}`;
  const rating = random.oneIn(60) ? null : random.pick(ratings);
  const line2 = random.oneIn(80) ? null : random.oneIn(40) ? '' : town.name;
  // Ascending, as a driver's own are: seconds, a number of the process, a counter.
  const id = `${hex(0x55f14312 + index, 8)}a9c3e5f1b2${hex(index % 0x1000000, 6)}`;
  return {
    URL: `https://restaurants.example/${slug(`${name} ${town.name}`) || 'restaurant'}-${index + 1}/menu`,
    _id: { $oid: id },
    address: random.oneIn(50) ? house : `${house} ${random.pick(streets)}`,
    ...(random.oneIn(25) ? {} : { 'address line 2': line2 }),
    name,
    outcode,
    postcode,
    ...(random.oneIn(50) ? {} : { rating }),
    type_of_food: type,
  };
}
