import { makeCustomers, makeTerminals, type Customer, type Terminal } from './people.ts';
import { Random } from './random.ts';
import type { Features, Transaction } from './transaction.ts';
import { Windows } from './windows.ts';

export interface SimulatorOptions {
  readonly seed: number;
  readonly customers: number;
  readonly terminals: number;
  readonly days: number;
  /** The first midnight (UTC), ms since the epoch. */
  readonly start: number;
  /** How far customers go, on a square of side 100. */
  readonly radius?: number;
}

/** 0: legitimate; 1: large amount; 2: compromised terminal; 3: compromised customer. */
export type Scenario = 0 | 1 | 2 | 3;

export interface SimulatedTransaction {
  readonly event: Transaction;
  readonly fraud: boolean;
  readonly scenario: Scenario;
}

const DAY_MS = 86_400_000;
const NOON_S = 43_200;
const TIME_OF_DAY_STD_S = 20_000;
/** Scenario 1: every transaction above this amount is a fraud. */
const LARGE_AMOUNT = 220;
/** Scenario 2: this many terminals per day are compromised, for this many days. */
const TERMINALS_A_DAY = 2;
const TERMINAL_DAYS = 28;
/**
 * Scenario 3: this many customers per day, for this many days. A share of their transactions have
 * amounts multiplied by a factor.
 */
const CUSTOMERS_A_DAY = 3;
const CUSTOMER_DAYS = 14;
const CUSTOMER_FRAUD_SHARE = 1 / 3;
const CUSTOMER_FRAUD_FACTOR = 5;
/** Frauds are known after this many days. Features do not look at later ones. */
const LABEL_DELAY_DAYS = 7;

interface Draft {
  readonly at: number;
  readonly customer: number;
  readonly terminal: number;
  amount: number;
  scenario: Scenario;
}

/**
 * Card transactions in the order of time, with their features and whether each is a fraud. World,
 * habits and fraud scenarios follow the description in "Reproducible Machine Learning for Credit
 * Card Fraud Detection - Practical Handbook" (Le Borgne, Siblini, Lebichot, Bontempi, 2022),
 * chapter 3. The same options always give the same transactions.
 */
export function* simulate({
  seed,
  customers,
  terminals,
  days,
  start,
  radius = 5,
}: SimulatorOptions): Generator<SimulatedTransaction> {
  const random = new Random(seed);
  const { terminals: shops, places } = makeTerminals(random, terminals);
  const people = makeCustomers(random, customers, places, radius);
  const history = new History(people, shops);
  const frauds = new Frauds(random, customers, terminals);
  let number = 0;
  for (let day = 0; day < days; day++) {
    frauds.begin(day);
    const drafts = people.flatMap((person, customer) =>
      spendDay(random, person, customer, start + day * DAY_MS),
    );
    drafts.sort((a, b) => a.at - b.at || a.customer - b.customer);
    for (const draft of drafts) {
      frauds.commit(draft, day);
      const event = history.event(draft, `tx${String(number++).padStart(9, '0')}`);
      yield { event, fraud: draft.scenario !== 0, scenario: draft.scenario };
    }
  }
}

/** The transactions of one customer on one day. Times outside the day are dropped. */
function spendDay(random: Random, person: Customer, customer: number, midnight: number): Draft[] {
  const drafts: Draft[] = [];
  for (let left = random.poisson(person.perDay); left > 0; left--) {
    const second = Math.trunc(random.normal(NOON_S, TIME_OF_DAY_STD_S));
    let amount = random.normal(person.meanAmount, person.meanAmount / 2);
    if (amount < 0) amount = random.uniform(0, person.meanAmount * 2);
    const terminal = person.terminals[random.index(person.terminals.length)]!;
    if (second <= 0 || second >= 86_400) continue;
    drafts.push({
      at: midnight + second * 1000,
      customer,
      terminal,
      amount: cents(amount),
      scenario: 0,
    });
  }
  return drafts;
}

const cents = (amount: number): number => Math.max(0.01, Math.round(amount * 100) / 100);

/** Which terminals and customers are compromised, and how that changes a transaction. */
class Frauds {
  readonly #random: Random;
  /** The last day on which each is compromised. */
  readonly #terminalUntil: Int32Array;
  readonly #customerUntil: Int32Array;

  constructor(random: Random, customers: number, terminals: number) {
    this.#random = random;
    this.#terminalUntil = new Int32Array(terminals).fill(-1);
    this.#customerUntil = new Int32Array(customers).fill(-1);
  }

  begin(day: number): void {
    for (let i = 0; i < TERMINALS_A_DAY; i++) {
      this.#terminalUntil[this.#random.index(this.#terminalUntil.length)] = day + TERMINAL_DAYS - 1;
    }
    for (let i = 0; i < CUSTOMERS_A_DAY; i++) {
      this.#customerUntil[this.#random.index(this.#customerUntil.length)] = day + CUSTOMER_DAYS - 1;
    }
  }

  commit(draft: Draft, day: number): void {
    if (draft.amount > LARGE_AMOUNT) draft.scenario = 1;
    if (this.#terminalUntil[draft.terminal]! >= day) draft.scenario = 2;
    if (this.#customerUntil[draft.customer]! >= day && this.#random.next() < CUSTOMER_FRAUD_SHARE) {
      draft.amount = cents(draft.amount * CUSTOMER_FRAUD_FACTOR);
      draft.scenario = 3;
    }
  }
}

/** What is known about every customer and every terminal. */
class History {
  readonly #people: readonly Customer[];
  readonly #shops: readonly Terminal[];
  readonly #customers: readonly Windows[];
  readonly #terminals: readonly Windows[];

  constructor(people: readonly Customer[], shops: readonly Terminal[]) {
    this.#people = people;
    this.#shops = shops;
    this.#customers = people.map(() => new Windows());
    this.#terminals = shops.map(() => new Windows(LABEL_DELAY_DAYS));
  }

  /** The transaction with its features. It then belongs to the history of the following ones. */
  event({ at, customer, terminal, amount, scenario }: Draft, transactionId: string): Transaction {
    const person = this.#people[customer]!;
    const shop = this.#shops[terminal]!;
    this.#customers[customer]!.add(at, amount);
    this.#terminals[terminal]!.add(at, scenario === 0 ? 0 : 1);
    return {
      transactionId,
      eventTime: at,
      customerId: person.id,
      terminalId: shop.id,
      amount,
      merchant: shop.merchant,
      customer: { ageBand: person.ageBand },
      features: this.#features(customer, terminal, at),
    };
  }

  #features(customer: number, terminal: number, at: number): Features {
    const [c1, c7, c30] = this.#customers[customer]!.at(at);
    const [t1, t7, t30] = this.#terminals[terminal]!.at(at);
    const risk = ({ count, sum }: { count: number; sum: number }): number | null =>
      count === 0 ? null : sum / count;
    return {
      customerCount1d: c1.count,
      customerCount7d: c7.count,
      customerCount30d: c30.count,
      customerMeanAmount1d: c1.sum / c1.count,
      customerMeanAmount7d: c7.sum / c7.count,
      customerMeanAmount30d: c30.sum / c30.count,
      terminalCount1d: t1.count,
      terminalCount7d: t7.count,
      terminalCount30d: t30.count,
      terminalRisk1d: risk(t1),
      terminalRisk7d: risk(t7),
      terminalRisk30d: risk(t30),
    };
  }
}
