import type { Settings } from '../../../src/config/settings.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { carryTypes, scoreSchema } from '../../../src/encode/score-schema.ts';
import {
  scoreSchemaId,
  scoreSubjectProblems,
  subjectProblems,
} from '../../../src/compose/score-subject.ts';
import { sideSubjects } from '../../../src/compose/side-subjects.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const EVENT = parseSchema({
  type: 'record',
  name: 'Event',
  fields: ['id', 'number', 'age'].map((name) => ({ name, type: name === 'id' ? 'string' : 'int' })),
});
const carrying = (...paths: string[]) => scoreSchema(carryTypes(EVENT, paths));
const settings = (registerSchema: boolean) =>
  ({ output: { topic: 'scores', registerSchema } }) as Settings;

describe('a schema of the scores that the registry would refuse', () => {
  it('is told by check, with the field and the rule', async () => {
    const registry = Object.assign(new FakeRegistry(), {
      compatible: () =>
        Promise.resolve({ ok: false, messages: ['READER_FIELD_MISSING_DEFAULT_VALUE'] }),
    });
    await registry.register('scores-value', carrying('id'));
    const [problem] = await scoreSubjectProblems(settings(true), registry, carrying('id', 'age'));
    expect(problem).toMatchObject({ code: 'SCHEMA_INCOMPATIBLE', where: 'output.carry' });
    expect(problem!.what).toContain(
      'event.age is a new field that cannot be null, so it has no default',
    );
    expect(problem!.what).toContain('READER_FIELD_MISSING_DEFAULT_VALUE');
  });

  it('is none where it would be taken, or nobody says', async () => {
    const registry = Object.assign(new FakeRegistry(), {
      compatible: () => Promise.resolve({ ok: true, messages: [] }),
    });
    expect(await scoreSubjectProblems(settings(true), registry, carrying('id', 'age'))).toEqual([]);
    expect(
      await scoreSubjectProblems(settings(true), new FakeRegistry(), carrying('id', 'age')),
    ).toEqual([]);
  });
});

describe('a schema of the scores that somebody else registers', () => {
  it('is found where it is not the latest', async () => {
    const registry = new FakeRegistry();
    const id = await registry.register('scores-value', carrying('id', 'age'));
    await registry.register('scores-value', carrying('id'));
    expect(await scoreSchemaId(settings(false), registry, carrying('id', 'age'))).toBe(id);
    expect(await scoreSubjectProblems(settings(false), registry, carrying('id', 'age'))).toEqual(
      [],
    );
  });

  it('is refused by check and run where no version means what we write, with what differs in the latest', async () => {
    const registry = new FakeRegistry();
    await registry.register('scores-value', carrying('id', 'number'));
    const wanted = carrying('id', 'age');
    const { code, exitCode, problems } = await scorerErrorOf(() =>
      scoreSchemaId(settings(false), registry, wanted),
    );
    expect([code, exitCode]).toEqual(['SCORE_SCHEMA_DIFFERS', 2]);
    expect(problems[0]!.what).toBe(
      'no version of scores-value equals the schema of the scores; compared with the latest version, field 2 of event is number in the registry, but age here',
    );
    expect(await scoreSubjectProblems(settings(false), registry, wanted)).toEqual(problems);
  });

  it('is missed where there is no such subject', async () => {
    const { code } = await scorerErrorOf(() =>
      scoreSchemaId(settings(false), new FakeRegistry(), carrying('id')),
    );
    expect(code).toBe('SUBJECT_NOT_FOUND');
  });
});

describe('the schemas of topics beside the scores', () => {
  const all = (registerSchema: boolean) =>
    ({
      output: { topic: 'scores', registerSchema, namespace: 'n' },
      drift: { topic: 'drift' },
      model: { challengerTopic: 'both' },
    }) as unknown as Settings;

  it('are told by check where the registry would refuse them', async () => {
    const registry = Object.assign(new FakeRegistry(), {
      compatible: (subject: string) =>
        Promise.resolve({ ok: subject !== 'drift-value', messages: ['R'] }),
    });
    const found = sideSubjects(all(true)).map((one) => subjectProblems(one, all(true), registry));
    expect(await Promise.all(found)).toMatchObject([
      [{ code: 'SCHEMA_INCOMPATIBLE', where: 'drift.topic' }],
      [],
    ]);
    expect(sideSubjects({ ...all(true), drift: undefined, model: {} } as never)).toEqual([]);
  });

  it('are told by check where nobody has registered them, with the option that shows them', async () => {
    const registry = new FakeRegistry();
    const [drift, both] = sideSubjects(all(false));
    await registry.register('both-value', both!.schema);
    const [problem] = await subjectProblems(drift!, all(false), registry);
    expect(problem).toMatchObject({ code: 'SUBJECT_NOT_FOUND', where: 'output.registerSchema' });
    expect(problem!.remedy).toContain('`check --drift-schema`');
    expect(await subjectProblems(both!, all(false), registry)).toEqual([]);
  });
});
