import { z } from 'zod';
import { onFailure } from './schema-failure.ts';
import { sourceKeys, sourceProblems } from './schema-source.ts';
import { count, distinct, label, milliseconds, text, topic } from './schema-values.ts';

/** Which model scores, what its score means, and what is watched about it. */

const rate = z.number().min(0).max(1);

export const inference = z
  .strictObject({
    workers: z
      .int()
      .min(0)
      .default(0)
      .describe('Number of worker processes that run the model. 0: it runs in the event loop.'),
    timeoutMs: milliseconds
      .min(1)
      .default(30_000)
      .describe(
        'Maximum time of the model for one batch, in ms. With workers, an event that takes longer alone becomes a dead letter. In the event loop, the program ends.',
      ),
    threads: count.default(1).describe('Number of threads that ONNX Runtime uses inside one run.'),
    compileTrees: z
      .boolean()
      .default(true)
      .describe(
        'Whether decision trees are compiled if their scores stay the same, bit for bit. false: ONNX Runtime runs them.',
      ),
  })
  .describe('How the program runs the model.');

const stopWhen = z
  .strictObject({
    flipRate: rate
      .exactOptional()
      .describe(
        'The canary stops if its decision differs from that of the champion for a larger part of the events.',
      ),
    deadLetterRatio: rate
      .exactOptional()
      .describe(
        'The canary stops if it has no score for a larger part of the events that the champion scores.',
      ),
    latencyRatio: z
      .number()
      .min(1)
      .exactOptional()
      .describe(
        'The canary stops if its model needs more than this many times the time of the champion for the same events.',
      ),
    minEvents: count
      .default(1000)
      .describe('Nothing is judged before the canary had this many events.'),
  })
  .describe('When the canary stops by itself. Each limit must be exceeded beyond doubt.');

const canary = z
  .strictObject({
    version: label.describe('Version that decides for the share.'),
    percent: z
      .number()
      .min(0)
      .max(100)
      .describe('Share of the keys, in percent. A key always gets the same version.'),
    stopWhen: stopWhen.exactOptional(),
  })
  .describe('A version that decides for a fixed share of the keys. Default: none.');

export const model = z
  .strictObject({
    dir: text
      .exactOptional()
      .describe('Folder with one folder per version, relative to the working directory.'),
    ...sourceKeys,
    champion: label
      .default('latest')
      .describe(
        'Version that decides, or an alias of the source (@champion). latest: the newest one.',
      ),
    challenger: label
      .exactOptional()
      .describe('Version that scores every event for comparison. It never decides. Default: none.'),
    challengerTopic: topic
      .exactOptional()
      .describe(
        'Topic with both scores and both decisions of each event that the challenger scored. Default: only the metrics compare them.',
      ),
    canary: canary.exactOptional(),
    onFailure,
    watchMs: milliseconds
      .default(2000)
      .describe(
        'How often the program looks for another version and for a changed model.champion, in ms. 0: never.',
      ),
    maxMemoryBytes: z
      .int()
      .min(1024 * 1024)
      .exactOptional()
      .describe(
        'Maximum memory of a process with a new version of the model, in bytes. A version that needs more is refused, and the current version continues. Default: the free memory of the system.',
      ),
    labels: z
      .record(
        z
          .string()
          .regex(
            /^(?!latest$)[A-Za-z][A-Za-z0-9._-]*$/,
            'must begin with a letter, consist of letters, digits, ".", "_" and "-", and not be latest',
          ),
        label,
      )
      .exactOptional()
      .describe(
        'Your own names of versions, for champion, challenger and canary. The version of a label stays open in memory.',
      ),
    keepLoaded: distinct(label)
      .max(8)
      .exactOptional()
      .describe(
        'Versions that stay open in memory, whatever their role is, so that each of them can decide at once.',
      ),
    keepWarm: z
      .int()
      .min(0)
      .max(8)
      .default(1)
      .describe(
        'Number of earlier versions that stay open in memory, so that each of them can decide again at once.',
      ),
  })
  .superRefine((keys, context) => {
    for (const { key, message } of sourceProblems(keys))
      context.addIssue({ code: 'custom', message, path: key === undefined ? [] : [key] });
  })
  .describe('The versions of the model.');
