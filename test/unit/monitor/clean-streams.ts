import { bundle, stream } from './drift-stream.ts';

/**
 * Streams a million clean events of a bundle of 17 series, for some seeds, and counts the alarms:
 *   node test/unit/monitor/clean-streams.ts [streams, default 20] [effect, default 0.1]
 */
const [streams = '20', effect = '0.1'] = process.argv.slice(2);
let found = 0;
for (let seed = 1; seed <= Number(streams); seed++) {
  const options = { series: bundle(), events: 1_000_000, effect: Number(effect), whole: true };
  const { alarms } = stream({ ...options, seed });
  found += alarms.length;
  process.stdout.write(`stream ${seed}: ${alarms.length} alarms\n`);
}
process.stdout.write(
  `${found} alarms in ${streams} streams of 1,000,000 events, effect ${effect}\n`,
);
