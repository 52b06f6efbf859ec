import type { SimulatedTransaction } from '../../../../src/demo/simulate/simulator.ts';
import type { Features } from '../../../../src/demo/simulate/transaction.ts';

const DAY = 86_400_000;
const LABEL_DELAY = 7 * DAY;

/**
 * The features of transaction `index`, recomputed from nothing but the raw history by their
 * definition. Quadratic. `labels` says what is taken to be a fraud: tests put others in.
 */
export function naiveFeatures(
  history: readonly SimulatedTransaction[],
  index: number,
  labels: (transaction: SimulatedTransaction) => boolean = ({ fraud }) => fraud,
): Features {
  const { event: now } = history[index]!;
  const past = history.slice(0, index + 1);
  const within = (
    days: number,
    end: number,
    belongs: (transaction: SimulatedTransaction) => boolean,
  ) =>
    past.filter(
      (t) => belongs(t) && t.event.eventTime > end - days * DAY && t.event.eventTime <= end,
    );

  const customer = (days: number): [count: number, mean: number] => {
    const own = within(days, now.eventTime, ({ event }) => event.customerId === now.customerId);
    return [own.length, own.reduce((sum, { event }) => sum + event.amount, 0) / own.length];
  };
  const terminal = (days: number): [count: number, risk: number | null] => {
    const known = within(
      days,
      now.eventTime - LABEL_DELAY,
      ({ event }) => event.terminalId === now.terminalId,
    );
    return [known.length, known.length === 0 ? null : known.filter(labels).length / known.length];
  };
  const [c1, c7, c30] = [customer(1), customer(7), customer(30)];
  const [t1, t7, t30] = [terminal(1), terminal(7), terminal(30)];
  return {
    customerCount1d: c1[0],
    customerCount7d: c7[0],
    customerCount30d: c30[0],
    customerMeanAmount1d: c1[1],
    customerMeanAmount7d: c7[1],
    customerMeanAmount30d: c30[1],
    terminalCount1d: t1[0],
    terminalCount7d: t7[0],
    terminalCount30d: t30[0],
    terminalRisk1d: t1[1],
    terminalRisk7d: t7[1],
    terminalRisk30d: t30[1],
  };
}
