import { FairnessMonitor, type FairnessAlarm } from '../../../src/monitor/fairness-monitor.ts';
import { CELLS } from '../../../src/monitor/fairness-window.ts';
import { Grouping } from '../../../src/monitor/group-reader.ts';
import { Random } from '../../support/memory/random.ts';

/** A group of a simulated stream: its part of all events, and its part of favourable decisions. */
export interface SimulatedGroup {
  readonly part: number;
  readonly rate: number;
}

/** Batches of a simulated stream go through a monitor. Returns its alarms, with their places. */
export function simulateGroups(
  groups: readonly SimulatedGroup[],
  events: number,
  { seed = 1, minRatio = 0.8, batch = 500 } = {},
) {
  const random = new Random(seed);
  const field = new Grouping('ageBand');
  const codes = groups.map((_, i) => field.names.code(`g${i}`));
  const alarms: (FairnessAlarm & { readonly at: number; readonly begins: boolean })[] = [];
  let at = 0;
  const monitor = new FairnessMonitor({
    fields: [field],
    minRatio,
    now: () => new Date(0),
    onAlarm: (alarm, begins) => alarms.push({ ...alarm, at, begins }),
  });
  while (at < events) {
    const counts = new Uint32Array(CELLS);
    for (let i = 0; i < batch; i++) {
      let pick = random.next();
      let group = 0;
      while (group < groups.length - 1 && pick >= groups[group]!.part)
        pick -= groups[group++]!.part;
      counts[2 * codes[group]!]!++;
      if (random.chance(groups[group]!.rate)) counts[2 * codes[group]! + 1]!++;
    }
    at += batch;
    monitor.add({ model: '1', policy: 'p' }, counts, batch);
  }
  return { alarms, monitor };
}
