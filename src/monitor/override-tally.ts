import { BoundedNames } from './names.ts';
import type { KeptNames } from './kept-names.ts';
import { CODES, REST } from './score-day.ts';
import type { ScoreTable } from './score-table.ts';

/** What became of the decision of a person. */
export type OverrideOutcome = 'joined' | 'repeated' | 'changed' | 'unknown' | 'empty' | 'invalid';

/** How often people decided as the program did. */
export interface Agreement {
  /** The first reason of the decision (its code or feature), or else what decided. */
  readonly by: string;
  readonly decision: string;
  readonly agreed: number;
  readonly disagreed: number;
}

export interface OverrideTallyOptions {
  readonly table: ScoreTable;
  readonly names: KeptNames;
  readonly onOverride: (outcome: OverrideOutcome) => void;
  /** A person decided about an event for the first time. */
  readonly onJoined: (of: { by: string; decision: string; agreed: boolean }) => void;
}

const MAX_KINDS = 500;

/** Decisions of people, compared with those of the program. */
export class OverrideTally {
  readonly #options: OverrideTallyOptions;
  readonly #kinds = new BoundedNames(MAX_KINDS, JSON.stringify(['(other)', '(other)']));
  readonly #counts: { agreed: number; disagreed: number }[] = [];

  constructor(options: OverrideTallyOptions) {
    this.#options = options;
  }

  /** The decision of a person about the id with this hash. The last one counts. */
  add(id: { readonly low: number; readonly high: number }, decision: string): void {
    const { table, names, onOverride, onJoined } = this.#options;
    const found = table.find(id.low, id.high);
    if (found === undefined) {
      onOverride('unknown');
      return;
    }
    const { day, at } = found;
    const own = names.decisions.all[day.words[at + CODES]! >>> 24] ?? '';
    const by = names.whys.all[(day.words[at + REST]! >>> 13) & 0xff]!;
    const agreed = own === decision;
    const before = day.override(at);
    const kind = this.#kinds.code(JSON.stringify([by, own]));
    const counts = (this.#counts[kind] ??= { agreed: 0, disagreed: 0 });
    if (before === (agreed ? 1 : 2)) {
      onOverride('repeated');
      return;
    }
    day.setOverride(at, agreed ? 1 : 2);
    counts[agreed ? 'agreed' : 'disagreed']++;
    if (before === 0) {
      onOverride('joined');
      onJoined({ by, decision: own, agreed });
      return;
    }
    counts[agreed ? 'disagreed' : 'agreed']--;
    onOverride('changed');
  }

  get figures(): readonly Agreement[] {
    return this.#counts.flatMap((counts, kind) => {
      const [by, decision] = JSON.parse(this.#kinds.all[kind]!) as [string, string];
      return [{ by, decision, ...counts }];
    });
  }
}
