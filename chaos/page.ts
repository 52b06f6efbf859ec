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
  'exactly-once while models and policies change',
  'at-least-once while models and policies change',
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
  const { delivery, network, rollout } = options;
  const name: Section = network
    ? `${delivery} on a broken network`
    : rollout
      ? `${delivery} while models and policies change`
      : delivery;
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
  if (options.rollout)
    return `npm run chaos -- --rollout --delivery ${delivery} --swaps ${options.swaps} --rate ${options.rate} --replicas ${replicas} --seed ${seed} --write`;
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
  return `${INTRODUCTION}\n${parts.join('')}${OTHER_RUNS}${HOW_TO_READ}`;
}

function sectionOf(page: string, section: Section): string | undefined {
  return page
    .split(/^## /m)
    .find((part) => part.startsWith(`${section}\n`))
    ?.slice(section.length)
    .trim();
}

const INTRODUCTION = `# The guarantee under faults

Made by \`npm run chaos -- --write\`; do not edit. [delivery.md](delivery.md) says what the program guarantees.

Replicas of the built program score a steady load on a cluster of three brokers (three JVMs, replication factor 3,
\`min.insync.replicas\` 2, 8 partitions) and a schema registry. Meanwhile a seeded schedule injects faults, one after another;
\`--network\` breaks the network instead, and \`--rollout\` changes models and policies. 1 % of the events are broken, so that there are dead letters, too. At the end a
\`read_committed\` consumer reads all topics, and every input is matched to its outputs by the source coordinates that they carry.
`;

const OTHER_RUNS = `## How long partitions pause

Runs of 2026-11-27 with three brokers and three replicas on a machine of two cores, which the brokers alone keep busy. Nothing was missing or out of order,
and exactly-once had no duplicate (at-least-once had 1,029). In at-least-once, three replicas that were just starting when the registry was stopped ended with
\`REGISTRY_UNREACHABLE\` and were started again; since then this fault waits until all replicas have started.

| fault | exactly-once, longest pause (s) | at-least-once, longest pause (s) | at most (s) |
| --- | --- | --- | --- |
| broker kill -9 | 10.9 | 11.3 | 8 |
| broker restart | 14.6 | 1.3 | 2 |
| kill -9 | 10.8 | 6.6 | 8 |
| zombie | 10.9 | 6.9 | 8 |
| join | 1.4 | 0.9 | 2 |
| leave | 3.5 | 0.8 | 2 |
| SIGTERM | 3.8 | 2.9 | 2 |

\`\`\`sh
npm run chaos -- --delivery exactly-once --events 200000 --faults 40 --replicas 3 --seed 2
npm run chaos -- --delivery at-least-once --events 200000 --faults 28 --replicas 3 --seed 3
\`\`\`

The exactly-once run had 200,163 inputs and 40 faults, the at-least-once run 200,237 and 28. So on such a machine the limits are not kept by every kind: with
exactly-once every partition has its own transactions, whose coordinators move with a broker.

## Other brokers, and at-least-once, on a broken network

Shorter runs of 2026-11-27, with four faults at a time and four replicas, on a machine that had much else to do. The one of 150 faults is the first
in which the broker raises the epoch in the end of each transaction; the run of 1,000 faults above is from before that:

| brokers | delivery | inputs | faults | missing | duplicates | out of order | commits that went back | longest stall |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 3.9.1 | exactly-once | 105,685 | 60 | 0 | 0 | 0 | 0 | 21.3 s |
| 4.3.1 | exactly-once | 615,985 | 150 | 0 | 0 | 0 | 0 | 24.7 s |
| 4.3.1 | at-least-once | 98,951 | 60 | 0 | 4,958 (allowed) | 0 | 1 | 32.9 s |

\`\`\`sh
npm run chaos -- --network --kafka 3.9.1 --at-once 4 --replicas 4 --events 100000 --faults 60 --seed 11
npm run chaos -- --network --at-once 4 --replicas 4 --events 600000 --faults 150 --seed 9
npm run chaos -- --network --delivery at-least-once --at-once 4 --replicas 4 --events 100000 --faults 60 --seed 12
\`\`\`

In at-least-once one committed offset went back, and did not stay back. At-least-once allows this, and the duplicates.

What the protocol of Kafka leaves open, and what the program does about it:

- **3.9**: before a broker takes records of a transaction, it verifies that the transaction has their partition (KIP-890, part 1). But all
  transactions of a producer have one epoch, so that a late or repeated EndTxn, AddPartitionsToTxn or TxnOffsetCommit counts for the next
  transaction. The program asks for a new epoch after each transaction (InitProducerId with the epoch before, KIP-360). The
  coordinator refuses requests with an earlier one.
- **4.x**: the broker raises the epoch in the end of each transaction (KIP-890, part 2), but only for clients that send EndTxn version 5.
  kafkajs sends version 1. Where the cluster has finalized \`transaction.version\` 2, the program sends version 5 itself, and continues with the
  epoch that the broker answers. Elsewhere 4.x leaves the same open as 3.9, and the program does the same about it.
- **Both**: when a member takes over a partition, its InitProducerId names no epoch. If this request arrives late, after another member has taken over the
  partition, it aborts the transaction of the present owner. The owner confirms with the group that it is a member, initialises the
  id again and writes the aborted batches again. This costs time; nothing is lost and nothing is duplicated.
- **A coordinator of before**: on 2026-11-28, two runs of 60,000 events (exactly-once, \`--at-once 4 --replicas 4 --faults 45 --seed 19\`) ended with 9 and 13 duplicates. A paused broker
  woke up, still took itself for the coordinator of the group, and answered with a committed offset that was out of date. Since then a producer asks the coordinator that took its offset
  before its first commit. Three more runs (seeds 19, 31 and 32, 117 faults together) had no duplicates; in one of them this question found 104 events that would have been written
  twice. The run of 1,000 faults above is from before it.

`;

const HOW_TO_READ = `## How to read it

- **missing**: inputs that have neither a score nor a dead letter.
- **duplicates**: outputs of an input after its first one. At-least-once allows them.
- **out of order per key**: first outputs of an input that come after an output of a later input with the same key.
- **wrong outputs**: good events among the dead letters, broken events among the scores, or outputs that belong to no input.
- **random scores that were recomputed**: 1,000 of the run, by the version and the policy that each names, with the code of \`explain\` ([audit.md](audit.md)). All have to be
  the same, bit for bit. Runs before 2026-11-28 do not have it. Then, three short runs had 1,000 of 1,000: 40,000 events with three faults in each guarantee, and \`--rollout\` with 13 changes of the champion.
- **recovery**: the time from the end of the fault until the group has committed, in all partitions, everything that was in the
  input at that moment. The fault ends when the replica is started again or woken up, when the broker or the registry answers,
  or when the topic is writable. A session times out after 6 s, the
  default of the program (4 s in the runs of November 25), which is most of the recovery after \`kill -9\`.
- **longest pause**: how long, at most, input waited in a partition and no score was written, from the beginning of the fault until the
  recovery, by the times at which the brokers took inputs and scores. **at most**: 8 s after a crash of a replica or a broker, 2 s
  in a planned restart. The other kinds take away what is needed to read or to write an event. A longer pause is told and does not
  change the exit code: it says as much about the machine. Brokers notice after 6 s here (\`broker.session.timeout.ms\`, 9 s by
  default) that one of them is dead; the pause after its crash cannot be shorter.
- **zombie**: a replica is stopped (SIGSTOP) for longer than its session. Others take its partitions, and then it wakes up.
- **broker restart**, **broker kill -9**: they move leaders, the coordinator of the group and the coordinators of the transactions.
- **registry outage**: during the outage, events come with a schema id that no replica has seen.
- **unwritable**: the output topic demands all its replicas, and one broker is killed.
- A replica that ends by itself is started again, as a supervisor would do.
- The exit code is 1 if anything is missing, wrong or out of order; if exactly-once has a duplicate; if a replica ended by itself
  or did not end after SIGTERM; if the group did not recover from a fault within a minute or did not reach the end of the input;
  or if not all faults could be injected in time.

## How to read a broken network

A proxy of this project is between every replica and every broker, with one listener for each pair. It rewrites the addresses
in Metadata and FindCoordinator, so that no replica finds a way around it. It knows Kafka's frames and matches responses to
requests. Everything else (the load, the ledger, the watch) connects to the brokers directly. The replicas run with the
defaults of the program, or with the settings of \`--settings FILE\`.

One frame of one request is hit by each of these. The requests take turns (\`--apis\` names them); if a request does not come
within 6 s, the next frame is hit instead.

- **lost-answer**: the broker has executed the request, and the client sees a reset. **silent-answer**: the same without a reset.
- **reset-in-answer**, **reset-in-request**: a reset in the middle of a frame.
- **held-request**: the client is disconnected, and the broker receives the frame 1 to 30 s later, over the old connection.
- **repeated-request**: the broker receives the frame twice, up to 20 ms apart.
- **delayed-request**, **delayed-answer**: 1 to 5 s late. **dripping-answer**: in 40 pieces.
- **half-open**: the broker's end of the connection is closed, and the client does not learn it.

These hit all connections between one replica and one broker, for 1 to 12 s:

- **refused**: connections are refused. **blackholed**: they are accepted, and then silent. **one-way**: requests, or responses, do
  not arrive; they arrive afterwards, as TCP sends them again.

And these hit more:

- **dead-connections**: no connection of a replica carries anything any more, without any signal; new ones do.
- **paused-broker**: SIGSTOP for longer than \`replica.lag.time.max.ms\`, which is 10 s here. The next one comes only when all
  replicas are in sync again, because nothing can be written while two of three are out of sync.

The figures:

- **recovery**: the time from the beginning of the fault, its own length included, until the group has committed in all
  partitions what was in the input then, and one record more. With several faults at once (\`--at-once\`) it is an upper bound.
- **stall**: how long input waited in a partition while nothing was committed.
- **commits that went back**: read from the brokers' own record of commits. In at-least-once, a held commit may arrive late. This
  causes at most a repetition, and the run fails only if the offset stays back.
- The exit code is 1 as above, and also if a partition stood still for more than 45 s; if a committed offset went back in
  exactly-once (stayed back for 45 s in at-least-once); if a transaction was open for longer than its timeout; if the last
  stable offset did not reach the end; or if the proxy met a frame that it does not understand.
- What the run cannot show: packets. The proxy ends TCP on both sides, so its own kernel answers keep-alive probes, and a
  connection that is blackholed is accepted first.

## How to read a life of models and policies

\`npm run chaos -- --rollout\`: two replicas score a steady load on one broker. Meanwhile versions and policies come and go in a seeded order, each as soon as all replicas have followed
the one before (by \`GET /models\`, never by a time). Each version has scores of its own, so that a score shows which version made it.

- **swap**: a new version takes over, by the newest folder or by its name in the configuration. In some of them a replica is killed, ends or joins, the folder is there only in
  half at first, or the name is changed twice within a second.
- **refused**: each gate that files can fail (all but \`score-schema\`) refuses one version, on all replicas, and the champion continues.
- **back, warm**: to a version that is still open. **back, cold**: to one that is not.
- **canary**: for 20 % of the keys, then for 50 %. **canary that stops**: it decides otherwise, and \`stopWhen.flipRate\` stops it.
- **policy**: other bands with another name. **policy of the same name**: it has to be refused.
- The challenger is compared from the second step on, in its topic.

What is checked, for each record of the topics:

- Before a change the committed offsets are read, and after all replicas have followed, the ends of the input. Outside of these two, only one version (or the canary, for
  the keys of its share) and one policy may have decided.
- Between them, **a clean boundary**: in a partition, no earlier version comes after a later one. It may **go back** only if partitions moved between replicas meanwhile.
- The score is that of the named version for this event, and the decision is that of the named policy for this score. Both are computed again.
- A comparison has the score and the decision of the output topic (but for keys of a canary, for which the champion did not decide). In exactly-once it is there once.
- The times of the runs of 2026-11-27 say little: the machine had two cores and a load of 20.
- **scores of the champion for keys of a canary**: at most as many as \`canary_fallbacks_total\` counted.
- The exit code is 1 if anything else is found, if a step is not done within 90 s, or for the reasons above.

## It can fail

Each of these breaks a copy of the program on purpose, and has to end with exit code 1:

- \`npm run chaos -- --delivery at-least-once --bug commit-before-produce\`: offsets before outputs.
- \`npm run chaos -- --bug no-fencing\`: one transactional id for each process.
- \`npm run chaos -- --bug score-of-another\`: a record has the score of the event before it. The recomputation finds it.
- With \`--network --apis EndTxn --kinds lost-answer\`: \`--bug committed-not-re-read\` (after a doubt the program trusts what it
  remembers, and does not ask the coordinator) and \`--bug producer-reused\` (it also continues with the same producer).
- With \`--network --apis EndTxn --kinds held-request --slow Produce=1000\`: \`--bug end-txn-retried\`.
- With \`--rollout\`: \`--bug version-named-late --rate 1500\` (a score names the version that decides when it is written), \`--bug gates-skipped\` (a version decides in
  spite of its problems), \`--bug share-not-sticky\` (the canary gets offsets instead of keys), \`--bug released-too-early\` (a version is closed that has to stay open).
`;
