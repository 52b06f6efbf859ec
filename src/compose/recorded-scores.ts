import { RecordedScores } from '../compare/recorded-scores.ts';
import type { SideIdentity } from '../compare/report.ts';
import type { Settings } from '../config/settings.ts';
import type { Bound, RangeReader } from '../consume/range-reader.ts';
import type { SchemaRegistry } from '../decode/registry.ts';
import type { Batch } from '../flow/batch.ts';
import { untilAvailable } from '../runtime/retry.ts';
import { noScore, openScoreReading, type ScoreField } from './score-reading.ts';

/** Some 550 MB. */
const MAX_RECORDED = 20_000_000;
/** A score is written after its event, but the clocks of the two writers may differ. */
export const CLOCKS_MS = 3_600_000;

/** What the output topic says, and who says it. */
export interface RecordedSide {
  readonly scores: RecordedScores;
  readonly model: SideIdentity['model'];
  readonly policy: string | null;
}

export interface RecordedOptions {
  readonly settings: Settings;
  /** The input topic whose scores are read. */
  readonly topic: string;
  /** Where the range of the input topic begins. */
  readonly from: Bound | undefined;
  readonly reader: RangeReader;
  readonly registry: Pick<SchemaRegistry, 'byId' | 'latest'>;
  readonly signal: AbortSignal;
}

/** Reads the score records of an input topic, up to the end that the output topic has now. */
export async function readRecorded(options: RecordedOptions): Promise<RecordedSide> {
  const { settings, topic, from, reader, registry, signal } = options;
  const output = settings.output.topic;
  const read = await openScoreReading({ settings, registry, where: '--recorded' });
  const scores = new RecordedScores(MAX_RECORDED);
  const models = new Map<string, SideIdentity['model']>();
  const policies = new Set<string>();
  const add = async (batch: Batch): Promise<void> => {
    const said = await read(batch);
    batch.records.forEach(({ offset }, row) => {
      if (!said.isAlive(row) || said.text('source.topic', row) !== topic) return;
      const score = said.number('score', row);
      if (score === null) throw noScore(output, batch.partition, offset);
      const text = (field: ScoreField): string | null => said.text(field, row);
      scores.add(said.number('source.partition', row)!, said.number('source.offset', row)!, {
        score,
        decision: text('decision'),
        decidedBy: text('decidedBy'),
      });
      const sha256 = text('model.sha256') ?? '';
      const version = text('model.version') ?? '';
      models.set(`${version} ${sha256}`, { name: text('model.name') ?? '', version, sha256 });
      const policy = text('policy');
      if (policy !== null) policies.add(policy);
    });
  };
  const start = from !== undefined && 'time' in from ? { time: from.time - CLOCKS_MS } : undefined;
  for await (const { partition, records } of reader.read({ topic: output, from: start, signal })) {
    const batch: Batch = { topic: output, partition, records, closedBy: 'end' };
    await untilAvailable(() => add(batch), { signal });
  }
  return { scores, model: oneOf([...models.values()]), policy: severalOf([...policies]) };
}

/** Several versions may have decided in a range. */
function oneOf(models: readonly SideIdentity['model'][]): SideIdentity['model'] {
  const [first = { name: '', version: '(none)', sha256: '' }, ...others] = models;
  if (others.length === 0) return first;
  return { ...first, version: models.map(({ version }) => version).join(', '), sha256: '' };
}

/** The place in a list is a part of the name of a policy, so there may be very many. */
function severalOf(names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return `${names.slice(0, 3).join(', ')}${more}`;
}
