import type { ProjectedField } from '../../flow/projection.ts';
import type { Constant } from './expression.ts';

/** Types of values. `null` is only the type of the literal. */
export type Type = 'bool' | 'int' | 'double' | 'string' | 'null';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type Arithmetic = '+' | '-' | '*' | '/' | '%';
export type TextTest = 'startsWith' | 'endsWith' | 'contains';

/** A field of the event as a condition reads it. */
export interface EventField {
  readonly path: string;
  readonly type: Exclude<Type, 'null'>;
  readonly nullable: boolean;
  readonly projected: ProjectedField;
}

/** An expression whose types fit. `nullable`: its value may be null. */
export type Typed =
  | { readonly is: 'constant'; readonly type: Type; readonly value: Constant }
  | { readonly is: 'field'; readonly type: Type; readonly nullable: boolean; readonly slot: number }
  | { readonly is: 'score'; readonly type: 'double' }
  | { readonly is: 'segment'; readonly type: 'string'; readonly nullable: true }
  | { readonly is: 'version'; readonly type: 'string' }
  /** How many fields of the event are outside of the profile, and whether one is. */
  | { readonly is: 'marks'; readonly type: 'int' }
  | { readonly is: 'marked'; readonly type: 'bool'; readonly name: string }
  | { readonly is: 'has'; readonly type: 'bool'; readonly slot: number }
  | { readonly is: 'and' | 'or'; readonly type: 'bool'; readonly a: Typed; readonly b: Typed }
  | { readonly is: 'not'; readonly type: 'bool'; readonly a: Typed }
  | {
      readonly is: 'compare';
      readonly type: 'bool';
      readonly by: Comparison;
      readonly a: Typed;
      readonly b: Typed;
    }
  | {
      readonly is: 'among';
      readonly type: 'bool';
      readonly a: Typed;
      readonly values: readonly Constant[];
    }
  | {
      readonly is: 'text';
      readonly type: 'bool';
      readonly test: TextTest;
      readonly a: Typed;
      readonly b: Typed;
    }
  | {
      readonly is: 'arithmetic';
      readonly type: 'int' | 'double';
      readonly by: Arithmetic;
      readonly a: Typed;
      readonly b: Typed;
    }
  | { readonly is: 'negative'; readonly type: 'int' | 'double'; readonly a: Typed }
  | { readonly is: 'convert'; readonly type: 'int' | 'double'; readonly a: Typed }
  /** Characters of a string. */
  | { readonly is: 'size'; readonly type: 'int'; readonly a: Typed }
  | {
      readonly is: 'choose';
      readonly type: Type;
      readonly nullable: boolean;
      readonly when: Typed;
      readonly a: Typed;
      readonly b: Typed;
    };

/** The parts of an expression. */
export function partsOf(node: Typed): Typed[] {
  return [
    ...('when' in node ? [node.when] : []),
    ...('a' in node ? [node.a] : []),
    ...('b' in node ? [node.b] : []),
  ];
}

export const isNullable = (node: Typed): boolean =>
  node.type === 'null' || ('nullable' in node && node.nullable);

const NAMES: Readonly<Record<Type, string>> = {
  bool: 'a bool',
  int: 'an int',
  double: 'a double',
  string: 'a string',
  null: 'null',
};

export const nameOf = ({ type }: Typed): string => NAMES[type];
