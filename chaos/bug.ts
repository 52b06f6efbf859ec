import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Started } from '../src/runtime/lifecycle.ts';

export const BUGS = [
  'commit-before-produce',
  'no-fencing',
  'end-txn-retried',
  'producer-reused',
  'committed-not-re-read',
  'version-named-late',
  'gates-skipped',
  'share-not-sticky',
  'released-too-early',
  'score-of-another',
] as const;
export type Bug = (typeof BUGS)[number];

interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const WRITE = 'await write(outcomes, (work) => untilAvailable(work, { signal, onRetry }));';
const ADVANCE = 'committer.advance(outcomes[0].batch, nextOffset);';
const BEFORE_END_TXN = 'const send = prototype[name];';
const OWNER = 'const owner = owners.get(request.transactionalId);';
const DROP = 'await drop(partition);';
const RE_READ = 'const offset = await committed(partition);';
/** The first offset that was read of a partition is taken for good. */
const REMEMBER = `const memory = (committed.memory ??= new Map());
            if (!memory.has(keyOf(partition))) memory.set(keyOf(partition), await committed(partition));
            const offset = memory.get(keyOf(partition));`;
const CONFIRM = 'if (!own.confirmed) await confirm(partition, from, transaction);';
const RETRY_END_TXN = `if (name === 'addOffsetsToTxn') {
            const { endTxn } = prototype;
            prototype.endTxn = async function (request) {
                for (let tries = 1; ; tries++) {
                    try {
                        return await endTxn.call(this, request);
                    } catch (error) {
                        if (tries === 10 || error.type !== undefined) throw error;
                    }
                    await sleep(20);
                }
            };
        }`;
const LINEUP = 'const { champion, canary } = versions;';
const NAMES = 'scores.models.map((model) =>';
const SCORE = 'view.setFloat64(at, scores.score[row], true);';
const RETIRED = 'for (const known of [...again, ...warmest.slice(keepWarm)])';
const TRANSACTIONAL_ID = 'return `${groupId}-/${topic}/${partition}`;';

/**
 * What is wrong in the program under test: the mistakes that the guarantees are there to exclude.
 */
export const CHANGES: Readonly<Record<Bug, readonly Change[]>> = {
  // The offset may be committed while its outputs are still on their way.
  'commit-before-produce': [
    { file: 'commit/at-least-once.js', from: WRITE, to: `${ADVANCE} ${WRITE}` },
  ],
  // The id belongs to the process instead of the partition, so that taking a partition over fences
  // nobody.
  'no-fencing': [
    {
      file: 'commit/transactional-id.js',
      from: TRANSACTIONAL_ID,
      to: TRANSACTIONAL_ID.replace('`;', '-${process.pid}`;'),
    },
  ],
  // All transactions have one epoch, and an end that is still on its way ends the next one, once a
  // second try has ended its own.
  'end-txn-retried': [
    {
      file: 'kafkajs/kafka-transaction-patch.js',
      from: BEFORE_END_TXN,
      to: `${RETRY_END_TXN} ${BEFORE_END_TXN}`,
    },
    { file: 'kafkajs/kafka-epoch-patch.js', from: OWNER, to: 'const owner = undefined;' },
  ],
  // A producer is gone on with after a failed call, in a state that the broker does not share.
  'producer-reused': [
    {
      file: 'commit/exactly-once.js',
      from: DROP,
      to: `own.committed = await committed(partition);`,
    },
  ],
  // A transaction whose end is in doubt is taken for one that has not happened. The coordinator,
  // which knows better, is not asked before the first commit either.
  'committed-not-re-read': [
    { file: 'commit/exactly-once.js', from: RE_READ, to: REMEMBER },
    { file: 'commit/exactly-once.js', from: CONFIRM, to: '' },
  ],
  // A score names the version that decides when it is written, not the one that scored it.
  'version-named-late': [
    {
      file: 'compose/lineups.js',
      from: LINEUP,
      to: `${LINEUP} globalThis.champion = champion.identity;`,
    },
    {
      file: 'encode/score-encoder.js',
      from: NAMES,
      to: `scores.models.with(0, globalThis.champion ?? scores.models[0]).map((model) =>`,
    },
  ],
  // The problems of a version are found and have no effect.
  'gates-skipped': [
    {
      file: 'compose/version-opening.js',
      from: 'if (plan === undefined || shared === undefined || problems.length > 0)',
      to: 'if (plan === undefined || shared === undefined)',
    },
  ],
  // The share of the canary consists of offsets instead of keys.
  'share-not-sticky': [
    {
      file: 'rollout/key-share.js',
      from: 'if (keyStart >= 0) return placeOfBytes(block, keyStart, keyEnd);',
      to: 'void [keyStart, keyEnd, block];',
    },
    {
      file: 'rollout/key-share.js',
      from: 'else if (record.key !== null) return placeOfBytes(record.key, 0, record.key.length);',
      to: '',
    },
  ],
  // A version that stays open for the way back is closed when another one takes over.
  'released-too-early': [
    {
      file: 'rollout/rollout.js',
      from: RETIRED,
      to: 'for (const known of [...again, ...warmest])',
    },
  ],
  // A record has the score of the event before it.
  'score-of-another': [
    {
      file: 'encode/score-encoder.js',
      from: SCORE,
      to: SCORE.replace('[row]', '[rows[Math.max(0, records.length - 1)]]'),
    },
  ],
};

/**
 * Replaces code that has to be there exactly once; a change that misses its place must not pass for
 * a bug. Where the formatter breaks lines does not matter.
 */
export function replaceOnce(source: string, from: string, to: string, where: string): string {
  const code = patternOf(from);
  const found = [...source.matchAll(code)].length;
  if (found !== 1)
    throw new Error(`${where} has the code to be replaced ${found} times instead of once: ${from}`);
  return source.replace(code, () => to);
}

/** Words keep a space between them. Everything else may have any, and a list may end in a comma. */
function patternOf(code: string): RegExp {
  const tokens = code.match(/\w+|[^\w\s]/g) ?? [];
  const parts = tokens.map((token, i) => {
    const text = token.replace(/[^\w]/, '\\$&');
    const before = tokens[i - 1];
    if (before === undefined) return /\w/.test(token) ? `\\b${text}` : text;
    if (/^\w/.test(token) && /^\w/.test(before)) return `\\s+${text}`;
    return /[)\]}]/.test(token) ? `\\s*,?\\s*${text}` : `\\s*${text}`;
  });
  return new RegExp(parts.join(''), 'g');
}

/**
 * A copy of the built program with a bug in it, inside the project, so that it finds its packages.
 */
export async function plantBug(bug: Bug, projectDir: string): Promise<Started<string>> {
  const folder = await mkdtemp(join(projectDir, '.cache', 'chaos-'));
  const stop = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await cp(join(projectDir, 'dist'), join(folder, 'dist'), { recursive: true });
    await cp(join(projectDir, 'package.json'), join(folder, 'package.json'));
    for (const { file, from, to } of CHANGES[bug]) {
      const path = join(folder, 'dist', file);
      await writeFile(path, replaceOnce(await readFile(path, 'utf8'), from, to, `dist/${file}`));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { value: join(folder, 'dist', 'main.js'), stop };
}
