import type { Settings } from '../config/settings.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch, TopicPartition } from '../flow/batch.ts';
import { VALUE, type Events } from '../flow/events.ts';
import { findPath, isFound } from '../flow/path.ts';
import { FieldSet } from '../flow/projection.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { GroupSource } from '../monitor/group-reader.ts';
import { factField } from './fact-fields.ts';
import { textOf } from './event-facts.ts';
import { createStreamDecoder } from './stages.ts';

/** What a score record says that labels need. */
export interface RecordedRow {
  readonly source: TopicPartition;
  readonly id: Buffer | string;
  readonly score: number;
  readonly decision: string | null;
  readonly segment: string | null;
  readonly version: string;
  readonly sha256: string;
  /** The first reason, or else what decided. */
  readonly why: string | null;
  /** In ms. */
  readonly time: number;
  /** The decoded batch and the row in it: for the groups. */
  readonly events: Events;
  readonly row: number;
  /** Where the fields of groups are; undefined: not on the record. */
  readonly groups: readonly (GroupSource | undefined)[];
}

export interface RecordedReaderOptions {
  readonly settings: Settings;
  readonly registry: Pick<SchemaRegistry, 'byId'>;
  /** The schema of the score records. */
  readonly node: SchemaNode;
  readonly id: string | undefined;
  readonly groups: readonly (string | undefined)[];
}

const TEXTS = {
  topic: 'source.topic',
  decision: 'decision',
  segment: 'segment',
  version: 'model.version',
  sha256: 'model.sha256',
  decidedBy: 'decidedBy',
  code: 'reasons[0].code',
  feature: 'reasons[0].feature',
} as const;
const NUMBERS = {
  score: 'score',
  partition: 'source.partition',
  eventTime: 'eventTime',
  scoredAt: 'scoredAt',
} as const;

/** Reads score records. Records without an id or a score are left out: no label can find them. */
export function createRecordedReader({
  settings,
  registry,
  node,
  id,
  groups,
}: RecordedReaderOptions): (batch: Batch) => Promise<RecordedRow[]> {
  const { topic } = settings.output;
  const set = new FieldSet();
  const slot = (path: string, as: 'text' | 'number'): number | undefined =>
    isFound(findPath(node, path)) ? set.slot({ path, as, optional: true }) : undefined;
  const slotsOf = <K extends string>(paths: Readonly<Record<K, string>>, as: 'text' | 'number') =>
    Object.fromEntries(
      Object.entries<string>(paths).map(([name, path]) => [name, slot(path, as)]),
    ) as Record<K, number | undefined>;
  const texts = slotsOf(TEXTS, 'text');
  const numbers = slotsOf(NUMBERS, 'number');
  const carried = (path: string): GroupSource | undefined => {
    const fact = factField(node, `event.${path}`, 'text', 'output.carry', []);
    return fact && { ...fact, slots: fact.fields.map((field) => set.slot(field)) };
  };
  const own = id === undefined ? undefined : carried(id);
  const sources = groups.map((path) => (path === undefined ? undefined : carried(path)));
  const { types: _types, ...input } = settings.input;
  const decode = createStreamDecoder(
    {
      projection: { fields: set.fields, carry: [] },
      readers: new Map([[topic, node]]),
      carry: [],
    },
    { settings: { ...settings, input }, registry, now: Date.now },
  );
  return async function readRecorded(batch) {
    const events = await decode(batch);
    const { columns, fates } = events;
    const at = (place: number | undefined, row: number): string | number | null => {
      const column = place === undefined ? undefined : columns[place]!;
      return column?.state[row] === VALUE ? (column.values[row] as string | number) : null;
    };
    const text = (name: keyof typeof TEXTS, row: number) => at(texts[name], row) as string | null;
    const number = (name: keyof typeof NUMBERS, row: number) =>
      at(numbers[name], row) as number | null;
    return batch.records.flatMap(({ key }, row): RecordedRow[] => {
      if (!fates.isAlive(row)) return [];
      const found = id === undefined ? key : own && textOf(own, columns, row);
      const score = number('score', row);
      const from = text('topic', row);
      const partition = number('partition', row);
      const time = number('eventTime', row) ?? number('scoredAt', row);
      if (found === null || found === undefined || found.length === 0) return [];
      if (score === null || from === null || partition === null || time === null) return [];
      if (Number.isNaN(score)) return []; // decided without a score (model.onFailure)
      return [
        {
          source: { topic: from, partition },
          id: found,
          score,
          decision: text('decision', row),
          segment: text('segment', row),
          version: text('version', row) ?? '',
          sha256: text('sha256', row) ?? '',
          why: text('code', row) ?? text('feature', row) ?? text('decidedBy', row),
          time,
          events,
          row,
          groups: sources,
        },
      ];
    });
  };
}
