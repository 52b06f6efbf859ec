import { FairnessWindow, type GroupField } from './fairness-window.ts';
import type { GroupFigures, Judging } from './group-figures.ts';
import { MAX_GROUPS } from './group-names.ts';

/** Which decisions of what are compared: those of a version of the model by one policy. */
export interface FairnessSubject {
  readonly model: string;
  readonly policy: string | null;
}

export interface FairnessMonitorOptions {
  readonly fields: readonly GroupField[];
  readonly minRatio: number;
  readonly now: () => Date;
  /** An alarm begins or ends. */
  readonly onAlarm: (alarm: FairnessAlarm, begins: boolean) => void;
}

export interface FairnessAlarm extends FairnessSubject {
  readonly by: string;
  readonly group: string;
  readonly since: string;
}

/** The groups of a field in the current window, and in the last one that is full. */
export interface FairnessFigures extends FairnessSubject {
  readonly by: string;
  readonly since: string;
  readonly events: number;
  readonly groups: readonly GroupFigures[];
  readonly alarms: readonly string[];
  readonly before: { readonly since: string; readonly groups: readonly GroupFigures[] } | null;
}

/** A window ends after as many events, so that old decisions do not hide what changes now. */
const WINDOW = 1_000_000;
/** Probability of a false alarm in one window, for all fields and groups together. */
const ALPHA = 0.01;
const FIRST_LOOK = 500;
/** Versions and policies whose figures are kept: a change, and a canary beside it. */
const MAX_SUBJECTS = 4;

/** How groups are judged, so that all of them together raise few false alarms. */
export const judgingOf = ({
  fields,
  minRatio,
}: Pick<FairnessMonitorOptions, 'fields' | 'minRatio'>): Judging => ({
  minRatio,
  alpha: ALPHA / (fields.length * MAX_GROUPS),
});

interface Subject extends FairnessSubject {
  current: FairnessWindow;
  before: FairnessWindow | undefined;
  /** By field: the groups with an alarm now, and since when. */
  readonly alarms: readonly Map<string, string>[];
}

/** Compares favourable decisions between groups, over windows of the stream. */
export class FairnessMonitor {
  readonly #options: FairnessMonitorOptions;
  readonly #subjects = new Map<string, Subject>();
  readonly #judging: Judging;
  /** The one that was used last. */
  #last: Subject | undefined;

  constructor(options: FairnessMonitorOptions) {
    this.#options = options;
    this.#judging = judgingOf(options);
  }

  get fields(): readonly GroupField[] {
    return this.#options.fields;
  }

  /** Adds the decisions of a batch that was delivered. */
  add(of: FairnessSubject, counts: Uint32Array, events: number): void {
    const subject = this.#subject(of);
    const { current } = subject;
    current.add(counts, events);
    if (!current.isLookDue(FIRST_LOOK)) return;
    const full = current.events >= WINDOW;
    for (const [field, names] of this.fields.entries()) {
      current.look(field, names, this.#judging);
      this.#follow(subject, field);
    }
    if (!full) return;
    subject.before = current;
    subject.current = new FairnessWindow(this.fields.length, this.#options.now());
    for (const field of this.fields.keys()) this.#follow(subject, field);
  }

  get figures(): readonly FairnessFigures[] {
    return [...this.#subjects.values()].flatMap((subject) =>
      this.fields.map((names, field): FairnessFigures => {
        const { model, policy, current, before, alarms } = subject;
        return {
          model,
          policy,
          by: names.path,
          since: current.since.toISOString(),
          events: current.events,
          groups: current.figures(field, names, this.#judging),
          alarms: [...alarms[field]!.keys()],
          before:
            before === undefined
              ? null
              : {
                  since: before.since.toISOString(),
                  groups: before.figures(field, names, this.#judging),
                },
        };
      }),
    );
  }

  get alarms(): readonly FairnessAlarm[] {
    return [...this.#subjects.values()].flatMap(({ model, policy, alarms }) =>
      alarms.flatMap((groups, field) =>
        [...groups].map(([group, since]) => ({
          model,
          policy,
          by: this.fields[field]!.path,
          group,
          since,
        })),
      ),
    );
  }

  /** An alarm ends when a full window has passed without it. */
  #follow({ model, policy, current, before, alarms }: Subject, field: number): void {
    const { now, onAlarm } = this.#options;
    const standing = alarms[field]!;
    const by = this.fields[field]!.path;
    const found = new Set([...current.alarms(field), ...(before?.alarms(field) ?? [])]);
    for (const group of found) {
      if (standing.has(group)) continue;
      const since = now().toISOString();
      standing.set(group, since);
      onAlarm({ model, policy, by, group, since }, true);
    }
    for (const [group, since] of standing) {
      if (found.has(group)) continue;
      standing.delete(group);
      onAlarm({ model, policy, by, group, since }, false);
    }
  }

  /** The one that was used last is the last one. */
  #subject({ model, policy }: FairnessSubject): Subject {
    if (this.#last?.model === model && this.#last.policy === policy) return this.#last;
    const key = JSON.stringify([model, policy]);
    const fields = this.fields.length;
    const subject = this.#subjects.get(key) ?? {
      model,
      policy,
      current: new FairnessWindow(fields, this.#options.now()),
      before: undefined,
      alarms: Array.from({ length: fields }, () => new Map<string, string>()),
    };
    this.#subjects.delete(key);
    this.#subjects.set(key, subject);
    if (this.#subjects.size > MAX_SUBJECTS) {
      const [[oldest, gone]] = this.#subjects as Iterable<[string, Subject]> as [[string, Subject]];
      this.#subjects.delete(oldest);
      this.#end(gone);
    }
    this.#last = subject;
    return subject;
  }

  #end({ alarms, ...of }: Subject): void {
    for (const [field, groups] of alarms.entries()) {
      const { path: by } = this.fields[field]!;
      for (const [group, since] of groups)
        this.#options.onAlarm({ model: of.model, policy: of.policy, by, group, since }, false);
    }
  }
}
