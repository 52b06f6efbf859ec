import { makeCustomers, makeTerminals } from '../../../../src/demo/simulate/people.ts';
import { Random } from '../../../../src/demo/simulate/random.ts';

const CUSTOMERS = 4000;
const centre = { x: 50, y: 50 };
const corners = [0, 100].flatMap((x) => [0, 100].map((y) => ({ x, y })));

describe('the people of the simulator', () => {
  it('have every terminal within the radius in reach: a disc, not a square', () => {
    const people = makeCustomers(new Random(1), CUSTOMERS, [centre, centre], 50);
    const reached = people.filter(({ terminals }) => terminals.length === 2);
    expect(reached.length / CUSTOMERS).toBeCloseTo(Math.PI / 4, 1);
  });

  it('go to the nearest terminal when none is in reach', () => {
    const people = makeCustomers(new Random(1), CUSTOMERS, corners, 0);
    const byTerminal = Map.groupBy(people, ({ terminals }) => terminals.join());
    expect([...byTerminal.keys()].toSorted()).toEqual(['0', '1', '2', '3']);
    for (const near of byTerminal.values()) expect(near.length / CUSTOMERS).toBeCloseTo(1 / 4, 1);
  });

  it('spend 5 to 100 on average, up to 4 times a day', () => {
    const people = makeCustomers(new Random(1), CUSTOMERS, [centre], 5);
    const edges = (values: number[]) => [
      Math.round(Math.min(...values)),
      Math.round(Math.max(...values)),
    ];
    expect(edges(people.map(({ meanAmount }) => meanAmount))).toEqual([5, 100]);
    expect(edges(people.map(({ perDay }) => perDay))).toEqual([0, 4]);
  });

  it('use terminals that are all over the square, each with an id and a merchant of its own', () => {
    const { terminals, places } = makeTerminals(new Random(1), 1000);
    const edges = (values: number[]) => [
      Math.round(Math.min(...values)),
      Math.round(Math.max(...values)),
    ];
    expect(edges(places.map(({ x }) => x))).toEqual([0, 100]);
    expect(edges(places.map(({ y }) => y))).toEqual([0, 100]);
    expect(new Set(terminals.map(({ id }) => id)).size).toBe(1000);
    expect(new Set(terminals.map(({ merchant }) => merchant.name)).size).toBe(1000);
  });
});
