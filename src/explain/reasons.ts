import type { Events } from '../flow/events.ts';
import type { BandSettings } from '../flow/policy-settings.ts';
import type { ReasonName, Reasons, ReasonValue } from '../flow/reasons.ts';
import { ReasonsWriter } from '../flow/write-reasons.ts';
import type { Decisions, ModelIdentity, Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { standings } from './direction.ts';
import { explainRows, type ExplainTensors } from './explain-rows.ts';
import { passingMeans, type ExplainedBackground } from './passing.ts';
import { strongest } from './ranking.ts';
import { unitsOf, valueOf, type ExplainedField, type Labelled, type Unit } from './units.ts';

export interface ReasonsOptions {
  /** Only rows that this version scored are explained. */
  readonly identity: ModelIdentity;
  readonly fields: readonly ExplainedField[];
  readonly labels: Readonly<Record<string, Labelled>>;
  /** Decisions that get reasons, and how many. */
  readonly decisions: readonly string[];
  readonly top: number;
  /** The bands of the policy, and of its segments in their order. */
  readonly bands: readonly BandSettings[];
  readonly segments: readonly { readonly bands: readonly BandSettings[] }[];
  /** Rules and lists (`rule:NAME`, `list:NAME`), and whether they decide without the score. */
  readonly deciders: readonly { readonly name: string; readonly alone: boolean }[];
  readonly explain: ExplainTensors;
  /** How many rows are explained by one request. */
  readonly atOnce: number;
  /** Compares with events just beyond the limit; otherwise with all of the background. */
  readonly threshold: ExplainedBackground | undefined;
}

export type ExplainDecisions = (
  events: Events,
  tensors: readonly InputTensor[],
  scores: Scores,
  decisions: Decisions,
) => Promise<Reasons | undefined>;

/**
 * Makes the stage that says why rows have their decisions. Bands go from good to bad. A decision
 * other than that of the first band is adverse: its reasons are what moved the score in the bad
 * direction. The reasons of the best decision are what moved it most, in any direction. What
 * decided by itself, a rule or a list, is the first reason; if it did not see the score, it is the
 * only one.
 */
export function createReasons(options: ReasonsOptions): ExplainDecisions {
  const { identity, fields, labels, top, bands, segments, deciders, explain, atOnce, threshold } =
    options;
  const asked = new Set(options.decisions);
  const units = unitsOf(fields, labels);
  const names: readonly ReasonName[] = [
    ...units.map(({ feature, code }) => ({ feature, code })),
    ...deciders.map(({ name }) => ({ feature: name, code: codeOf(labels, name) })),
  ];
  const deciderOf = new Map(deciders.map(({ name }, i) => [name, i]));
  const lists = [bands, ...segments.map((segment) => segment.bands)].map((list) => ({
    best: list[0]!.decision,
    standingOf: standings(list),
  }));
  const means = new Map<string, Float64Array | undefined>();

  const deciderNow = (decisions: Decisions, row: number): number | undefined =>
    deciderOf.get(deciderName(decisions, row));
  const isAlone = (decider: number | undefined): boolean =>
    decider !== undefined && deciders[decider]!.alone;

  /**
   * The rows that get reasons. One without a score gets them if a list or a rule decided that needs
   * none.
   */
  function askedRows({ fates }: Events, scores: Scores, decisions: Decisions): number[] {
    const { index, names: known } = decisions;
    if (index === null) return [];
    const decided = rowsOf(
      index,
      Uint8Array.from(known, (name) => (asked.has(name) ? 1 : 0)),
    );
    const isOurs = scores.models.map((model) => isSame(model, identity));
    return decided.filter(
      (row) =>
        fates.isAlive(row) &&
        isOurs[scores.modelOf === null ? 0 : scores.modelOf[row]!]! &&
        (Number.isFinite(scores.score[row]!) || isAlone(deciderNow(decisions, row))),
    );
  }

  /** The values of a row, relative to what it is compared with, and the direction that counts. */
  function viewed(
    values: Float64Array,
    score: number,
    list: number,
    decision: string,
  ): { readonly values: Float64Array; readonly towards: -1 | 0 | 1 } {
    const { best, standingOf } = lists[list]!;
    const standing = standingOf(score);
    const isBest = decision === best;
    const towards = isBest ? 0 : standing.worse;
    if (threshold === undefined) return { values, towards };
    const key = `${list} ${standing.band}`;
    if (!means.has(key)) means.set(key, passingMeans(threshold, standing));
    const mean = means.get(key);
    if (mean === undefined) return { values, towards };
    return { values: values.map((value, i) => value - mean[i]!), towards };
  }

  return async function explainDecisions(events, tensors, scores, decisions) {
    const rows = askedRows(events, scores, decisions);
    if (rows.length === 0) return undefined;
    const by = rows.map((row) => deciderNow(decisions, row));
    const ofModel = rows.filter((_, i) => !isAlone(by[i]));
    const found =
      ofModel.length === 0
        ? undefined
        : await explainRows(explain, tensors, ofModel, events.fates, atOnce);
    const { segmentOf, names: decisionNames, index } = decisions;
    const reasons = new ReasonsWriter(names, events.fates.rows);
    let next = 0;
    for (const [i, row] of rows.entries()) {
      const decider = by[i];
      const isOfModel = ofModel[next] === row;
      const values = isOfModel ? found!.valuesOf(next++) : undefined;
      if (!events.fates.isAlive(row)) continue;
      if (decider !== undefined) reasons.add(row, units.length + decider, null, 0);
      if (values === undefined) continue;
      const view = viewed(
        values,
        scores.score[row]!,
        segmentOf === null ? 0 : segmentOf[row]!,
        decisionNames[index![row]!]!,
      );
      const left = decider === undefined ? top : top - 1;
      for (const { unit, contribution } of strongest(units, view.values, left, view.towards))
        reasons.add(row, unit, valueOfUnit(units[unit]!, events, row), contribution);
    }
    return reasons.done();
  };
}

/** The rows whose decision is asked for. A small loop of its own, because few of them are. */
function rowsOf(index: Uint16Array, isAsked: Uint8Array): number[] {
  const rows: number[] = [];
  for (let row = 0; row < index.length; row++) if (isAsked[index[row]!] === 1) rows.push(row);
  return rows;
}

function valueOfUnit({ slot }: Unit, { columns }: Events, row: number): ReasonValue {
  return slot === undefined ? null : valueOf(columns[slot], row);
}

function deciderName({ deciders, decidedBy }: Decisions, row: number): string {
  return deciders[decidedBy === null ? 0 : decidedBy[row]!] ?? '';
}

function codeOf(labels: ReasonsOptions['labels'], name: string): string | null {
  return Object.hasOwn(labels, name) ? (labels[name]!.code ?? null) : null;
}

const isSame = (a: ModelIdentity, b: ModelIdentity): boolean =>
  a.version === b.version && a.sha256 === b.sha256;
