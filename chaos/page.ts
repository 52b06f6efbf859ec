import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChaosOptions } from './options.ts';

const PAGE = 'docs/chaos.md';
/** Its sections, in their order. */
const SECTIONS = [
  'exactly-once',
  'at-least-once',
  'exactly-once on a broken network',
  'at-least-once on a broken network',
] as const;
type Section = (typeof SECTIONS)[number];

/** Puts a run's report into the page; the other sections stay as they are. */
export async function writePage(
  projectDir: string,
  options: ChaosOptions,
  report: string,
): Promise<void> {
  const file = join(projectDir, PAGE);
  const before = await readFile(file, 'utf8').catch(() => '');
  const section = `${new Date().toISOString().slice(0, 10)}, \`${commandOf(options)}\`\n\n${report}`;
  await mkdir(join(projectDir, 'docs'), { recursive: true });
  const name: Section = options.network
    ? `${options.delivery} on a broken network`
    : options.delivery;
  await writeFile(file, replaceSection(before, name, section));
}

/** What makes the same run again. */
export function commandOf(options: ChaosOptions): string {
  const {
    delivery,
    events,
    replicas,
    seed,
    faults,
    network,
    brokers,
    atOnce,
    kinds,
    apis,
    slow,
    settings,
  } = options;
  const ofNetwork = [
    '--network',
    `--brokers ${brokers}`,
    `--at-once ${atOnce}`,
    kinds === undefined ? '' : `--kinds ${kinds.join()}`,
    apis === undefined ? '' : `--apis ${apis.join()}`,
    Object.keys(slow).length === 0
      ? ''
      : `--slow ${Object.entries(slow)
          .map(([api, ms]) => `${api}=${ms}`)
          .join()}`,
    settings === undefined ? '' : `--settings ${settings}`,
  ];
  return [
    'npm run chaos --',
    ...(network ? ofNetwork : []),
    `--delivery ${delivery} --events ${events} --faults ${faults} --replicas ${replicas} --seed ${seed} --write`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** The page with one section anew. */
export function replaceSection(before: string, section: Section, text: string): string {
  const parts = SECTIONS.map((name) => {
    const body = name === section ? text.trim() : sectionOf(before, name);
    return body === undefined ? '' : `## ${name}\n\n${body}\n\n`;
  });
  return `${INTRODUCTION}\n${parts.join('')}${HOW_TO_READ}`;
}

function sectionOf(page: string, section: Section): string | undefined {
  return page
    .split(/^## /m)
    .find((part) => part.startsWith(`${section}\n`))
    ?.slice(section.length)
    .trim();
}

const INTRODUCTION = `# The guarantee under faults

Made by \`npm run chaos -- --write\`; do not edit.

Replicas of the built program score a steady load on a cluster of three brokers (three JVMs, replication factor 3,
\`min.insync.replicas\` 2, 8 partitions) and a schema registry, while faults are injected one after another by a seeded
schedule; \`--network\` breaks wires instead. 1 % of the events are broken, so that dead letters are part of it. At the end all topics are read back by a
\`read_committed\` consumer and every input is matched to its outputs by the source coordinates they carry.
`;

const HOW_TO_READ = `## How to read it

- **missing**: inputs with neither score nor dead letter. **duplicates**: outputs beyond the first of an input; at-least-once
  allows them. **out of order per key**: first outputs of an input that come after an output of a later input of the same
  key. **wrong**: good events among the dead letters, broken ones among the scores, or outputs of no input.
- **recovery**: from the end of the fault (the replica started again or woken, the broker or the registry answering, the topic
  writable) until the group has committed, in all partitions, everything that was in the input at that moment. A session
  times out after 4 s here, which is most of what \`kill -9\` takes.
- **zombie**: a replica is stopped (SIGSTOP) for longer than its session, others take its partitions, then it wakes up.
  **broker restart** and **broker kill -9** move leaders, the group's coordinator and those of the transactions. **registry
  outage**: meanwhile events come with a schema id that no replica has seen. **unwritable**: the output topic asks for
  all its replicas, and one broker is killed.
- Replicas that end by themselves are started again, as a supervisor would.
- The exit code is 1 if anything is missing, wrong or out of order, if anything is there twice in exactly-once, if a replica
  ended by itself or did not end by SIGTERM, if the group did not recover from a fault within a minute or did not reach
  the end of the input, or if not all faults could be injected in time.

## How to read a broken network

A proxy of the project's own stands between every replica and every broker: one listener for each pair, and the addresses
in Metadata and FindCoordinator are rewritten, so that no replica finds a way around it. It knows Kafka's frames and pairs
answers with requests. Everything else (the load, the ledger, the watch) takes the straight way. The replicas run with the
program's own defaults, or with what \`--settings FILE\` puts over them.

- **lost-answer**: the broker has done it, the client sees a reset. **silent-answer**: the same without a reset.
  **reset-in-answer**, **reset-in-request**: reset in the middle of a frame. **held-request**: the client is cut off, and the
  broker gets the frame 1 to 30 s later, over the old connection. **repeated-request**: it gets the frame twice, up to
  20 ms apart. **delayed-request**, **delayed-answer**: 1 to 5 s. **dripping-answer**: in 40 pieces.
  **half-open**: the broker's end is gone, and the client is not told. For each of them, one frame of one request is hit,
  and the requests take turns (\`--apis\` names them); one that does not come within 6 s is replaced by the next frame.
- **refused**, **blackholed** (taken, and then silent), **one-way** (requests or answers do not arrive; what was held up
  does afterwards, as TCP sends it again): all connections between one replica and one broker, for 1 to 12 s.
  **dead-connections**: all connections of a replica carry nothing any more, without a word; new ones do.
  **paused-broker**: SIGSTOP for longer than \`replica.lag.time.max.ms\`, which is 10 s here; the next one only when all
  replicas are in sync again, because nothing can be written with two of three out of sync.
- **recovery**: from the beginning of the fault, its own length included, until the group has committed in all
  partitions what was in the input then, and one record more. With several faults at once (\`--at-once\`) it is an upper bound.
- **stall**: how long input waited in a partition without anything having been committed.
- **commits that went back**: read from the brokers' own record of commits. In at-least-once a commit that was held may
  arrive late; that is a repetition at most, and red only where the offset stays back.
- The exit code is 1 as above, and if a partition stood still for more than 45 s, if a committed offset went back in
  exactly-once (stayed back for 45 s in at-least-once), if a transaction was open for longer than its timeout, if the last
  stable offset did not reach the end, or if the proxy met a frame that it does not understand.
- What it cannot show: packets. It ends TCP on both sides, so that keep-alive probes are answered by its own kernel, and a
  connection that is blackholed is taken first.

## It can fail

\`npm run chaos -- --delivery at-least-once --bug commit-before-produce\` and \`npm run chaos -- --bug no-fencing\` break a copy of
the program on purpose (offsets before outputs; a transactional id for each process) and have to end with exit code 1. So do,
with \`--network --apis EndTxn --kinds lost-answer\`, \`--bug committed-not-re-read\` (after a doubt the program trusts what it
remembers) and \`--bug producer-reused\` (and goes on with the same producer), and with \`--network --apis EndTxn --kinds held-request\`
\`--slow Produce=1000\`, \`--bug end-txn-retried\`.
`;
