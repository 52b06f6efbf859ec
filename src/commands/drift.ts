import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { forTopic } from '../compose/compare-sides.ts';
import { openPlan } from '../compose/open-plan.ts';
import { loadConfig } from '../config/load.ts';
import type { Destination } from '../files/destination.ts';
import { driftPage } from '../monitor/drift-page.ts';
import { driftText } from '../monitor/drift-report.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import { openOutput } from './compare-outputs.ts';
import type { ExitCode, ScoreContext } from './context.ts';
import { driftOfEvents } from './drift-events.ts';
import { checkRecorded, driftOfReports } from './drift-recorded.ts';
import { checkRange, type OfflineOptions } from './offline-input.ts';
import { endedEarly } from './signals.ts';

export interface DriftOptions extends OfflineOptions {
  /** The counts of the processes that scored, instead of events. */
  readonly recorded?: boolean;
  /** The page. */
  readonly report?: string;
  readonly json?: string;
}

/** Compares the features and scores of events with the profile of the champion. Reads only. */
export async function drift(options: DriftOptions, context: ScoreContext): Promise<ExitCode> {
  if (options.recorded === true) checkRecorded(options);
  else checkRange(options);
  const { env, cwd, err, out, stop } = context;
  const { topic, report: page, json } = options;
  const running = new Lifecycle(stop);
  const made: Destination[] = [];
  try {
    const loaded = await loadConfig({ file: options.config, sets: options.set, env, cwd });
    const wanted =
      topic === undefined ? loaded.settings : forTopic(loaded.settings, topic, options.config);
    const { decision: _policy, ...settings } = wanted; // what is decided does not matter here
    const { input } = options;
    const taken = new Set<string>();
    if (input !== undefined && input !== '-')
      taken.add(await realpath(resolve(cwd, input)).catch(() => input));
    const open = async (file: string, what: string): Promise<Destination> => {
      const destination = await openOutput(file, what, taken, context);
      made.push(destination);
      return destination;
    };
    const files = {
      page: page === undefined ? undefined : await open(page, 'the page'),
      json: json === undefined ? undefined : await open(json, 'the JSON file'),
    };
    const readers = readersOf(settings, options, cwd);
    const note = (what: string): void => {
      err(`note: ${what}\n`);
    };
    const plan = await running.start(() =>
      openPlan(settings, readers, stop, note, { reasons: false }),
    );
    const report = await running.step(() =>
      options.recorded === true
        ? driftOfReports(plan, settings, options, running, stop)
        : driftOfEvents(plan, settings, options, context, running),
    );
    await files.page?.write(driftPage(report));
    await files.json?.write(`${JSON.stringify(report, null, 2)}\n`);
    for (const destination of made) await destination.keep();
    made.length = 0;
    if (page !== '-' && json !== '-') out(driftText(report));
    return 0;
  } catch (error) {
    return endedEarly(error, context, 'no report was written');
  } finally {
    for (const destination of made) await destination.discard();
    await running.stop();
  }
}
