import { parseArgs } from 'node:util';
import type { Delivery } from './options.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly delivery: Delivery;
  readonly limitMb: number;
}

export const SOAK_USAGE = `npm run soak -- [options]
  --minutes M      how long the output topic is ten times too slow (10)
  --delivery D     at-least-once or exactly-once (at-least-once)
  --limit-mb N     the run fails if the scorer ever takes more memory (500)`;

const DELIVERIES: readonly Delivery[] = ['at-least-once', 'exactly-once'];

/** Reads the command line; throws a TypeError or a RangeError that says what is wrong with it. */
export function readSoakOptions(args: readonly string[]): SoakOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      delivery: { type: 'string', default: 'at-least-once' },
      'limit-mb': { type: 'string', default: '500' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const delivery = DELIVERIES.find((known) => known === values.delivery);
  if (delivery === undefined)
    throw new RangeError(`--delivery has to be ${DELIVERIES.join(' or ')}`);
  return {
    minutes: above0('minutes', values.minutes),
    delivery,
    limitMb: above0('limit-mb', values['limit-mb']),
  };
}

function above0(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Infinity))
    throw new RangeError(`--${name} has to be a number above 0`);
  return value;
}
