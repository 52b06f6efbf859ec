import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere, Here } from './here.ts';
import { configOf } from './scorer.ts';
import { EVENT_SCHEMA, someEvents, wire, World, type Score } from './world.ts';

/** All that has to agree; the times and the topic cannot. */
function comparable({
  score,
  scores,
  decision,
  reasons,
  model,
  policy,
  source,
  event,
}: Score): unknown {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(score);
  return {
    bits: bits.toString('hex'),
    scores,
    decision,
    reasons,
    model,
    policy,
    index: source.offset,
    event,
  };
}

describe('score and run', () => {
  it('agree bit for bit on the same events and their reasons, in batches of other sizes, and over HTTP', async () => {
    const events = someEvents(700);
    const world = await new World(sharedStack()).open(1);
    const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-agree-'));
    const models = join(folder, 'models');
    const config = (size: number): string =>
      configOf(
        world,
        `batch: { maxSize: ${size} }\nexplain: { decisions: [REVIEW, REJECT] }`,
      ).replace(resolve('test/e2e/bundle'), models);
    try {
      await cp('test/e2e/bundle', models, { recursive: true });
      await appendFile(join(models, '1', 'model.yaml'), 'background: background.jsonl\n');
      await writeFile(
        join(models, '1', 'background.jsonl'),
        someEvents(40)
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      );
      const id = await world.register();
      await world.produce(
        0,
        events.map((event) => wire(id, event)),
      );
      const scorer = await Here.running(config(64), { timed: true });
      await eventually(
        () => world.endOffsets(world.output),
        (end) => end >= events.length,
      );
      const posted = await scorer.post('/score', JSON.stringify(events.slice(0, 30)));
      expect(posted.status).toBe(200);
      const answered = (await posted.json()) as Score[];
      expect((await scorer.stop()).code).toBe(0);
      const streamed = (await world.readScores()).sort((a, b) => a.source.offset - b.source.offset);

      const [input, output, schema] = ['in.jsonl', 'out.jsonl', 'event.avsc'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      await writeFile(schema, JSON.stringify(EVENT_SCHEMA));
      await writeFile(input, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
      const flags = ['score', '--input', input, '--output', output, '--schema', schema];
      const { code, err } = await configuredHere(config(17), flags);
      expect({ code, err }).toMatchObject({ code: 0 });
      const filed = (await readFile(output, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Score);

      expect(filed).toHaveLength(events.length);
      expect(filed.map(comparable)).toEqual(streamed.map(comparable));
      expect(answered.map(comparable)).toEqual(filed.slice(0, 30).map(comparable));
      const explained = streamed.filter(({ reasons }) => reasons.length > 0);
      expect(explained.length).toBeGreaterThan(10);
      for (const { decision } of explained) expect(decision).not.toBe('APPROVE');
    } finally {
      await world.close();
      await rm(folder, { recursive: true });
    }
  });
});
