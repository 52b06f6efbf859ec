import type { SchemaNode } from '../flow/schema-node.ts';
import { timeUnits } from '../flow/time-unit.ts';

const ISO =
  /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?)?\s?(?:[Zz]|([+-])(\d\d):?(\d\d)?)?$/;

/**
 * The number of an ISO 8601 string in the unit of a time type, with all digits that the unit holds.
 * Undefined if the string is not such a time. Without a zone it is UTC, whatever the zone of the
 * machine. A local time is the same on every clock, so its zone is ignored.
 */
export function timeOf(node: SchemaNode, text: string): bigint | undefined {
  const unit = timeUnits(node)[0];
  const found = ISO.exec(text);
  if (unit === undefined || found === null) return undefined;
  const [year, month, day, hour, minute, second] = found
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  if (
    at.getUTCMonth() !== month - 1 ||
    at.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  )
    return undefined;
  at.setUTCHours(hour, minute, second);
  const [fraction = '', sign, zoneHours = 0, zoneMinutes = 0] = found.slice(7) as (
    | string
    | undefined
  )[];
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  const seconds = at.getTime() / 1000 - (unit.kind === 'local' ? 0 : offset);
  const digits = Math.round(Math.log10(1000 / unit.ms));
  const value =
    BigInt(seconds) * 10n ** BigInt(digits) +
    BigInt(fraction.padEnd(digits, '0').slice(0, digits) || '0');
  return BigInt.asIntN(64, value) === value ? value : undefined;
}
