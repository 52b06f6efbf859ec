import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChaosOptions, Delivery } from './options.ts';

const PAGE = 'docs/chaos.md';
const DELIVERIES: readonly Delivery[] = ['exactly-once', 'at-least-once'];

/** Puts a run's report into the page; the other guarantee's part stays as it is. */
export async function writePage(projectDir: string, options: ChaosOptions, report: string): Promise<void> {
  const file = join(projectDir, PAGE);
  const before = await readFile(file, 'utf8').catch(() => '');
  const { delivery, events, replicas, seed, faults } = options;
  const command = `npm run chaos -- --delivery ${delivery} --events ${events} --faults ${faults} --replicas ${replicas} --seed ${seed} --write`;
  const section = `${new Date().toISOString().slice(0, 10)}, \`${command}\`\n\n${report}`;
  await mkdir(join(projectDir, 'docs'), { recursive: true });
  await writeFile(file, replaceSection(before, delivery, section));
}

/** The page with one section anew. */
export function replaceSection(before: string, delivery: Delivery, section: string): string {
  const parts = DELIVERIES.map((name) => {
    const body = name === delivery ? section.trim() : sectionOf(before, name);
    return body === undefined ? '' : `## ${name}\n\n${body}\n\n`;
  });
  return `${INTRODUCTION}\n${parts.join('')}${HOW_TO_READ}`;
}

function sectionOf(page: string, delivery: Delivery): string | undefined {
  return page
    .split(/^## /m)
    .find((part) => part.startsWith(`${delivery}\n`))
    ?.slice(delivery.length)
    .trim();
}

const INTRODUCTION = `# The guarantee under faults

Made by \`npm run chaos -- --write\`; do not edit.

Replicas of the built program score a steady load on a cluster of three brokers (three JVMs, replication factor 3,
\`min.insync.replicas\` 2, 8 partitions) and a schema registry, while faults are injected one after another by a seeded
schedule. 1 % of the events are broken, so that dead letters are part of it. At the end all topics are read back by a
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

## It can fail

\`npm run chaos -- --delivery at-least-once --bug commit-before-produce\` and \`npm run chaos -- --bug no-fencing\` break a copy of
the program on purpose (offsets before outputs; a transactional id for each process) and have to end with exit code 1.
`;
