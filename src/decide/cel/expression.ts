/** A CEL expression as it was written, independent of the parser. */
export type Expression = (
  | { readonly is: 'constant'; readonly value: Constant }
  | { readonly is: 'name'; readonly name: string }
  /** `.name`, or an index. */
  | { readonly is: 'step'; readonly of: Expression; readonly step: string | Expression }
  | { readonly is: 'list'; readonly items: readonly Expression[] }
  | {
      readonly is: 'operator';
      readonly operator: Operator;
      readonly operands: readonly Expression[];
    }
  /** `of`: the receiver of a method. */
  | {
      readonly is: 'call';
      readonly name: string;
      readonly of: Expression | undefined;
      readonly given: readonly Expression[];
    }
  | { readonly is: 'unsupported'; readonly what: string }
) & {
  /** Characters before it. */
  readonly at: number;
};

export type Constant = bigint | number | string | boolean | null;

export const OPERATORS = [
  '||',
  '&&',
  '!',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  '+',
  '-',
  '*',
  '/',
  '%',
  'negative',
  '?:',
] as const;
export type Operator = (typeof OPERATORS)[number];

/** What is wrong with an expression, and where in it. */
export interface Flaw {
  readonly what: string;
  readonly remedy: string;
  /** Characters before it. */
  readonly at: number;
}
