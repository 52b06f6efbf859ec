import type { DecodePlan, PlanOp, Step } from './decode-plan.ts';

/** All operations have the same shape. */
class Op implements PlanOp {
  readonly code: number;
  readonly slot: number;
  readonly exactly: number;
  readonly count: number;
  readonly branches: readonly DecodePlan[];
  readonly plan: DecodePlan | undefined;
  readonly step: Step;

  constructor(step: Step, code = codeOf(step), exactly = -1) {
    this.code = code;
    this.slot = 'slot' in step ? step.slot : -1;
    this.exactly = exactly;
    this.count = step.do === 'fixed' ? step.bytes : step.do === 'mark' ? step.state : 0;
    this.branches = step.do === 'union' ? step.branches : NO_BRANCHES;
    this.plan = 'plan' in step ? step.plan : undefined;
    this.step = step;
  }
}

const NO_BRANCHES: readonly DecodePlan[] = [];

export const OTHER = 0;
export const FIXED = 1;
export const LENGTH = 2;
export const VARINT = 3;
export const TEXT = 4;
export const DOUBLE = 5;
export const LONG = 6;
export const UTF8 = 7;
export const INT64 = 8;
export const MARK = 9;
export const UNION = 10;
export const AGAIN = 11;
export const CALL = 12;
/** A long into two columns: one of numbers, and one of longs. */
export const BOTH = 13;

function codeOf(step: Step): number {
  switch (step.do) {
    case 'fixed':
      return FIXED;
    case 'length':
      return LENGTH;
    case 'varint':
      return VARINT;
    case 'text':
      return TEXT;
    case 'read-double':
      return DOUBLE;
    case 'read-long':
      return LONG;
    case 'read-utf8':
      return UTF8;
    case 'read-int64':
      return step.factor === 1 ? INT64 : OTHER;
    case 'mark':
      return MARK;
    case 'union':
      return UNION;
    case 'again':
      return AGAIN;
    case 'call':
      return CALL;
    default:
      return OTHER;
  }
}

/** They are made when the plan is first run, because a plan is complete then. */
export function opsOf(plan: DecodePlan): readonly PlanOp[] {
  if (plan.ops !== undefined) return plan.ops;
  const ops: PlanOp[] = [];
  for (const [i, step] of plan.steps.entries()) {
    const both = i === 0 ? undefined : inBoth(plan.steps[i - 1]!, step);
    if (both === undefined) ops.push(new Op(step));
    else ops[ops.length - 1] = both;
  }
  return (plan.ops = ops);
}

/** One operation if two steps read the same value as a number and as a long, in any order. */
function inBoth(before: Step, step: Step): Op | undefined {
  if (before.do !== 'again' || before.plan.steps.length !== 1) return undefined;
  const first = before.plan.steps[0]!;
  const [number, long] = first.do === 'read-long' ? [first, step] : [step, first];
  return number.do === 'read-long' && long.do === 'read-int64' && long.factor === 1
    ? new Op(number, BOTH, long.slot)
    : undefined;
}
