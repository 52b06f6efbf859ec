/**
 * A program walks the bytes of one value once, in the writer's order: it skips what nobody needs, reads the needed fields
 * into columns, and marks where carried fields begin and end. One is compiled per writer schema id (`compile.ts`).
 */
export interface Program {
  readonly steps: Step[];
  /** Fewest bytes that this part can take; bounds the count of an array or map before anything loops over it. */
  minBytes: number;
}

export type Step =
  | { readonly do: 'fixed'; bytes: number }
  | { readonly do: 'varint' }
  | { readonly do: 'length' }
  | { readonly do: 'read-double' | 'read-float' | 'read-long' | 'read-boolean' | 'read-text'; readonly slot: number }
  | { readonly do: 'read-symbol'; readonly slot: number; readonly symbols: readonly string[] }
  | { readonly do: 'mark'; readonly slot: number; readonly state: number }
  | { readonly do: 'enum'; readonly symbols: number }
  | { readonly do: 'union'; readonly branches: readonly Program[] }
  | { readonly do: 'array' | 'map'; readonly item: Program }
  | { readonly do: 'call'; readonly program: Program }
  | { readonly do: 'default'; readonly bytes: Buffer; readonly program: Program }
  | { readonly do: 'carry-start'; readonly slot: number }
  | { readonly do: 'carry-end'; readonly slot: number; readonly rewrite: ((bytes: Buffer) => Buffer) | null }
  | { readonly do: 'carry-bytes'; readonly slot: number; readonly bytes: Buffer };

/** Fewest bytes of the types whose size varies least. */
export const MIN_BYTES = { double: 8, float: 4, boolean: 1, int: 1, long: 1 } as const;

export function emptyProgram(): Program {
  return { steps: [], minBytes: 0 };
}

/** Adds a step; neighbouring steps over fixed sizes become one. */
export function append(program: Program, step: Step, minBytes: number): void {
  const last = program.steps.at(-1);
  if (step.do === 'fixed' && last?.do === 'fixed') {
    program.steps[program.steps.length - 1] = { do: 'fixed', bytes: last.bytes + step.bytes };
  } else {
    program.steps.push(step);
  }
  program.minBytes += minBytes;
}
