import { createReadStream } from 'node:fs';
import { LabelTable } from '../compare/label-table.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { LabelJoin, LabelPlace } from './label-join.ts';
import { labelsOfFile } from './label-files.ts';
import { labelsOfTopic } from './label-records.ts';
import { openRegistry, rangeReaderOf } from './offline-kafka.ts';

/** Some 450 MB. */
const MAX_LABELS = 20_000_000;

/** Reads all labels before the events: an event and its label may be far apart. */
export async function readLabels(
  { place, join }: { readonly place: LabelPlace; readonly join: LabelJoin },
  settings: Settings,
  lifecycle: Lifecycle,
  signal: AbortSignal,
): Promise<LabelTable> {
  const table = new LabelTable(MAX_LABELS);
  const target = { table, join };
  if ('topic' in place) {
    const registry = await openRegistry(lifecycle, settings);
    const reader = await rangeReaderOf(settings);
    await labelsOfTopic(reader, place.topic, target, { settings, registry, signal });
  } else {
    const stream = createReadStream(place.file, { highWaterMark: 256 * 1024, signal });
    try {
      await labelsOfFile(stream as AsyncIterable<Buffer>, place.file, target, settings);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ScorerError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      throw new ScorerError(
        { code: 'INPUT_INVALID', what: `the labels cannot be read (${code})`, where: place.file },
        { cause: error },
      );
    }
  }
  if (table.counts.ids === 0)
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: `there are no labels: no record has a value in ${join.value}`,
      where: '--labels',
      remedy: 'Name the field that has the label: --label FIELD.',
    });
  return table;
}
