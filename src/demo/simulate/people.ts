import { AGE_BANDS, CATEGORIES, type Transaction } from './transaction.ts';
import type { Random } from './random.ts';

export interface Customer {
  readonly id: string;
  readonly ageBand: string;
  readonly meanAmount: number;
  /** Mean number of transactions a day. */
  readonly perDay: number;
  /** Terminals within reach. */
  readonly terminals: readonly number[];
}

export interface Terminal {
  readonly id: string;
  readonly merchant: Transaction['merchant'];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Side of the square on which customers and terminals are placed. */
const SIDE = 100;
const COUNTRIES = ['DE', 'FR', 'NL', 'BE', 'AT'];

export function makeTerminals(
  random: Random,
  count: number,
): { terminals: Terminal[]; places: Place[] } {
  const places: Place[] = [];
  const terminals = Array.from({ length: count }, (_, i): Terminal => {
    places.push({ x: random.uniform(0, SIDE), y: random.uniform(0, SIDE) });
    const merchant = {
      name: `Merchant ${i}`,
      category: CATEGORIES[random.index(CATEGORIES.length)]!,
      country: COUNTRIES[random.index(COUNTRIES.length)]!,
    };
    return { id: `T${String(i).padStart(5, '0')}`, merchant };
  });
  return { terminals, places };
}

/** A customer without a terminal in reach uses the nearest one. */
export function makeCustomers(
  random: Random,
  count: number,
  places: readonly Place[],
  radius: number,
): Customer[] {
  return Array.from({ length: count }, (_, i): Customer => {
    const home = { x: random.uniform(0, SIDE), y: random.uniform(0, SIDE) };
    const from = (place: Place): number => Math.hypot(place.x - home.x, place.y - home.y);
    const near: number[] = [];
    // Fifty million times in the demo's world, where an iterator of pairs would take a second.
    for (let t = 0; t < places.length; t++) {
      const place = places[t]!;
      // Most terminals are out of reach along one axis, so only the rest need the exact distance.
      if (
        Math.abs(place.x - home.x) < radius &&
        Math.abs(place.y - home.y) < radius &&
        from(place) < radius
      )
        near.push(t);
    }
    return {
      id: `C${String(i).padStart(5, '0')}`,
      ageBand: AGE_BANDS[random.index(AGE_BANDS.length)]!,
      meanAmount: random.uniform(5, 100),
      perDay: random.uniform(0, 4),
      terminals: near.length > 0 ? near : [nearest(places, from)],
    };
  });
}

function nearest(places: readonly Place[], from: (place: Place) => number): number {
  let best = 0;
  for (let t = 1; t < places.length; t++) if (from(places[t]!) < from(places[best]!)) best = t;
  return best;
}
