import { protectedPaths } from '../config/carried.ts';
import type { Settings } from '../config/settings.ts';
import type { ExplainedBackground } from '../explain/passing.ts';
import { createReasons, type ExplainDecisions } from '../explain/reasons.ts';
import { unitsOf, type ExplainedField, type Unit } from '../explain/units.ts';
import type { ExplainedBy } from '../flow/attributions.ts';
import type { Explainer, Model } from '../infer/model.ts';
import type { ModelVersion, StreamPlan } from './scoring-plan.ts';

/** How a version is explained, once it is prepared. */
export interface PreparedReasons {
  readonly by: ExplainedBy;
  readonly explainer: Explainer;
  /** Events of the background. */
  readonly events: number;
  /** Undefined if events are compared with all of it. */
  readonly threshold: ExplainedBackground | undefined;
  /** How long the explanation of one event takes. */
  readonly eventMs: number;
  /** The middle of the standard errors, if contributions are sampled. */
  readonly error: number | undefined;
}

/** It belongs to the open model, in whichever plan the model is. */
const PREPARED = new WeakMap<Model, PreparedReasons>();

export const preparedReasons = (model: Model): PreparedReasons | undefined => PREPARED.get(model);

export function keepPrepared(model: Model, reasons: PreparedReasons): void {
  PREPARED.set(model, reasons);
}

/** The fields that a version reads, in the order of `columnFields`. */
export function explainedFields({ contract, slots }: ModelVersion): readonly ExplainedField[] {
  const fields = new Map<string, ExplainedField>();
  for (const { columns } of contract.inputs)
    for (const { spec, as, slot } of columns) {
      const isValue = as === 'number' || as === 'long' || as === 'text';
      const known = fields.get(spec.field);
      if (known === undefined || (known.slot === undefined && isValue))
        fields.set(spec.field, { field: spec.field, slot: isValue ? slots[slot] : undefined });
    }
  return [...fields.values()];
}

/** What reasons of a version may name. */
export const reasonUnits = (version: ModelVersion): readonly Unit[] =>
  unitsOf(explainedFields(version), version.bundle.description.labels);

/** Most rows of one request. */
const MAX_ROWS = 128;

/** A request takes a tenth of the time that the model has, at most, if the machine is as fast later. */
export function atOnce(eventMs: number, timeoutMs: number): number {
  return Math.max(1, Math.min(MAX_ROWS, Math.floor(timeoutMs / 10 / eventMs)));
}

/** The stage that explains the decisions of a version; undefined if nothing asks for reasons. */
export function reasonsOf(
  version: ModelVersion,
  { policy }: StreamPlan,
  settings: Settings,
): ExplainDecisions | undefined {
  const ready = PREPARED.get(version.model);
  const { explain } = settings;
  if (ready === undefined || explain === undefined || policy === undefined) return undefined;
  // A reason does not show a value that the score conceals.
  const concealed = protectedPaths(settings.output.carry);
  const { bands, segments, rules, lists } = policy.compiled;
  return createReasons({
    identity: version.model.identity,
    fields: explainedFields(version).map((field) =>
      concealed.has(field.field) ? { ...field, slot: undefined } : field,
    ),
    labels: version.bundle.description.labels,
    decisions: explain.decisions,
    top: explain.top,
    bands,
    segments,
    deciders: [
      ...lists.map(({ name }) => ({ name: `list:${name}`, alone: true })),
      ...rules
        .filter(({ shadow }) => !shadow)
        .map(({ name, stage }) => ({ name: `rule:${name}`, alone: stage === 'before' })),
    ],
    explain: (tensors, rows) => ready.explainer.explain(tensors, rows),
    atOnce: atOnce(ready.eventMs, settings.inference.timeoutMs),
    threshold: ready.threshold,
  });
}
