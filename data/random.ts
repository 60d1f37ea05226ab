/** A source of numbers that are the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from 0 to below the limit. */
  below: (limit: number) => number;
  /** One of the items. */
  pick: <T>(items: readonly T[]) => T;
  /** True as often as one in so many. */
  oneIn: (times: number) => boolean;
}

/**
 * Makes such a source: mulberry32, which needs nothing but 32-bit arithmetic.
 * @param seed any whole number
 */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return { below, pick: (items) => items[below(items.length)]!, oneIn: (times) => below(times) === 0 };
}
