import { BoundedNames } from './names.ts';

/** As many values of a field are groups of their own. */
export const MAX_GROUPS = 20;
/** The name of the group of events that do not have the field. */
export const NO_VALUE = '(none)';

const QUOTE = 0x22;
const BRACKET = 0x28;
const TAKEN = /^"*\((?:none|other)\)"*$/;

/**
 * The name of the group of a value: the value. A value that is called like the events without one,
 * or like all further values, gets quotation marks, so that it stays a group of its own.
 */
export function groupName(value: string): string {
  const first = value.charCodeAt(0);
  return (first === BRACKET || first === QUOTE) && TAKEN.test(value) ? `"${value}"` : value;
}

/** Numbers of groups: 0 for all further values, 1 for no value, and then the first values. */
export class GroupNames extends BoundedNames {
  constructor() {
    super(MAX_GROUPS + 1);
    super.code(NO_VALUE);
  }

  override code(value: string): number {
    return super.code(groupName(value));
  }
}
