import type { Settings } from '../config/settings.ts';
import { jsonEncoder } from '../decode/avro-json.ts';
import { ScorerError } from '../errors.ts';
import { parseExactJson } from '../files/exact-json.ts';
import type { HttpRequest, HttpResponse } from '../flow/http.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import type { PolicyLists } from './policy-lists.ts';
import { scoreJson } from './avro-score-json.ts';
import { createCounterfactual } from './counterfactual.ts';
import {
  createScoreEvents,
  oneWriter,
  recordOf,
  type EventBytes,
  type Rejected,
  type ScoredEvent,
} from './score-events.ts';
import type { ScoringPlan } from './scoring-plan.ts';

/** What decides now. */
export interface LiveScoring {
  /** With the lists of the policy as they are now. */
  readonly plan: ScoringPlan;
  /** Keeps the model open until the function that it returns is called. */
  readonly hold: () => () => void;
}

/** The plan with the lists of its policy as they are now. */
export function withOpenLists(
  plan: ScoringPlan,
  lists: Pick<PolicyLists, 'snapshot'>,
): ScoringPlan {
  const { stream } = plan;
  if (stream.policy === undefined) return plan;
  const policy = { ...stream.policy, list: lists.snapshot() };
  return { ...plan, stream: { ...stream, policy } };
}

/** Stands for the topic in the source of a score. The offset is the place in the request. */
const SOURCE = 'http';

/** A counterfactual takes hundreds of small runs of the model. */
const MAX_COUNTERFACTUALS = 10;

/** Requests that are answered at a time. More would hold up the stream. */
const MAX_OPEN = 16;

/**
 * Answers `POST /score`: an event as JSON, or an array of them, becomes score records as JSON, by
 * the stages of the stream. Nothing is written to a topic or counted. The champion scores, because
 * a request has no key that could belong to a canary. With `?counterfactual`, a score also has the
 * smallest changes that would change its decision.
 */
export function createScoreRequests(
  settings: Settings,
  live: () => LiveScoring | undefined,
): (request: HttpRequest) => Promise<HttpResponse> {
  let open = 0;
  return async ({ body, query }) => {
    const now = live();
    if (now === undefined) return text(503, 'the model is not open yet');
    if (open >= MAX_OPEN) return text(503, 'too many requests are open', { 'retry-after': '1' });
    open++;
    const endHold = now.hold();
    try {
      return await answer(now.plan, settings, body, 'counterfactual' in query);
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      const [{ code, what }] = error.problems as [ScorerError['problems'][number]];
      const status = error.fate === 'retry' ? 503 : code === 'INPUT_INVALID' ? 400 : 500;
      return json(status, { error: { code, message: what } });
    } finally {
      endHold();
      open--;
    }
  };
}

async function answer(
  plan: ScoringPlan,
  settings: Settings,
  body: Uint8Array | undefined,
  counterfactual: boolean,
): Promise<HttpResponse> {
  const given = parse(body);
  const events = Array.isArray(given) ? (given as unknown[]) : [given];
  const most = counterfactual ? MAX_COUNTERFACTUALS : settings.batch.maxSize;
  if (events.length > most)
    throw invalid(`the request has ${events.length} events, and at most ${most} are allowed`);
  const [writer] = plan.stream.readers.values() as Iterable<SchemaNode> as [SchemaNode];
  const encode = jsonEncoder(writer);
  const entries = events.map((event, index) => encoded(encode, event, index));
  const good = entries.filter((entry) => 'avro' in entry);
  const score = createScoreEvents(plan, { settings, writer, name: SOURCE });
  const results = good.length === 0 ? [] : await score(good);
  const byIndex = new Map<number, ScoredEvent | Rejected | undefined>(
    good.map(({ index }, i) => [index, results[i]]),
  );
  const toJson = scoreJson(plan.stream.scoreSchema);
  const ask = counterfactual
    ? await createCounterfactual({ plan, settings, registry: oneWriter(writer), topic: SOURCE })
    : undefined;
  const texts: string[] = [];
  for (const [i, entry] of entries.entries()) {
    const result = 'avro' in entry ? byIndex.get(i) : entry;
    if (result === undefined) texts.push('{"skipped":true}');
    else if ('value' in result) {
      const record = toJson(result.value);
      if (ask === undefined) texts.push(record);
      else {
        const { changes } = await ask(recordOf(entry as EventBytes));
        texts.push(
          `${record.trimEnd().slice(0, -1)},"counterfactuals":${JSON.stringify(changes)}}`,
        );
      }
    } else {
      const { code, stage, message } = result;
      texts.push(JSON.stringify({ error: { code, stage, message } }));
    }
  }
  if (Array.isArray(given))
    return { status: 200, headers: JSON_TYPE, body: `[${texts.join(',')}]\n` };
  const status = texts[0]!.startsWith('{"error"') ? 422 : 200;
  return { status, headers: JSON_TYPE, body: `${texts[0]!.trimEnd()}\n` };
}

function parse(body: Uint8Array | undefined): unknown {
  if (body === undefined || body.length === 0) throw invalid('the request has no body');
  try {
    return parseExactJson(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof ScorerError) throw error;
    throw invalid('the body is not JSON in UTF-8');
  }
}

function encoded(
  encode: (event: unknown) => Buffer,
  event: unknown,
  index: number,
): EventBytes | Rejected {
  try {
    return { index, avro: encode(event) };
  } catch (error) {
    // Other errors contain values of the event.
    const message =
      error instanceof ScorerError ? error.problems[0]!.what : 'the event does not fit the schema';
    return { index, stage: 'decode', code: 'INPUT_INVALID', message };
  }
}

const invalid = (what: string): ScorerError => new ScorerError({ code: 'INPUT_INVALID', what });

const JSON_TYPE = { 'content-type': 'application/json' };

function json(status: number, value: unknown): HttpResponse {
  return { status, headers: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

function text(status: number, what: string, headers: HttpResponse['headers'] = {}): HttpResponse {
  return { status, headers: { 'content-type': 'text/plain', ...headers }, body: `${what}\n` };
}
