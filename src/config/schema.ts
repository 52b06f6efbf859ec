import { z } from 'zod';
import { decision } from './schema-decision.ts';
import { explain } from './schema-explain.ts';
import { kafka } from './schema-kafka.ts';
import { kafkajs } from './schema-kafkajs.ts';
import { drift } from './schema-drift.ts';
import { fairness } from './schema-fairness.ts';
import { labels } from './schema-labels.ts';
import { inference, model } from './schema-model.ts';
import {
  batch,
  commit,
  deadLetter,
  delivery,
  input,
  output,
  schemaRegistry,
} from './schema-stream.ts';
import { count, secret, text } from './schema-values.ts';

/**
 * The configuration as it is written, every key with its meaning, unit and default. This is the
 * only place that documents a key. The JSON Schema for editors, the suggestions for misspelt keys
 * and the masking of secrets follow from it.
 */

const name = z
  .string()
  .max(249)
  .regex(/^[a-zA-Z0-9._-]+$/, 'must consist of letters, digits, ".", "_" and "-"')
  .default('stream-scorer')
  .describe(
    'Default for the group id, the client id, the prefix of transactional ids and the label of the model.',
  );

const http = z
  .strictObject({
    host: text
      .default('127.0.0.1')
      .describe(
        'Address to listen on. 0.0.0.0: all addresses, which is the default in the image (STREAM_SCORER_HTTP_HOST).',
      ),
    port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on. 0: any free port.'),
    token: secret(
      'Bearer token for everything except the probes. Default: none, and everything is open.',
    ).exactOptional(),
    staleMs: count
      .default(15_000)
      .describe(
        '/readyz is 503 if records wait and none was delivered, or if no broker answered, for this time, in ms.',
      ),
  })
  .describe('Probes and metrics over HTTP.');

const log = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
      .default('info')
      .describe('Lowest level that is logged.'),
  })
  .describe('The log, JSON lines on stderr.');

export const sections = {
  name,
  kafka,
  schemaRegistry,
  input,
  output,
  deadLetter: deadLetter.exactOptional(),
  delivery,
  batch: batch.prefault({}),
  commit: commit.prefault({}),
  inference: inference.prefault({}),
  model,
  decision,
  explain,
  drift,
  labels,
  fairness,
  http: http.prefault({}),
  log: log.prefault({}),
  kafkajs: kafkajs.prefault({}),
};

export const schema = z.strictObject(sections);

/**
 * The configuration after validation. Defaults of single keys are filled in, but not those that
 * depend on other keys.
 */
export type Written = z.output<typeof schema>;
