import { LEAST, load, problemsOf } from './given.ts';

const CONFIG = `${LEAST}decision: { file: policy.yaml }\n`;
const withFile = (policy: string) => ({ files: { '/app/policy.yaml': policy } });

describe('a policy in a file of its own', () => {
  it('is the section decision, with variables', async () => {
    const policy = `policy: 2026\nbands: [{ upTo: '\${LIMIT}', decision: NO }, { decision: YES }]\n`;
    const { decision } = await load(CONFIG, { ...withFile(policy), env: { LIMIT: '0.25' } });
    expect(decision).toEqual({
      file: '/app/policy.yaml',
      policy: '2026',
      bands: [{ upTo: 0.25, decision: 'NO' }, { decision: 'YES' }],
    });
  });

  it('has its problems at its own lines, all at once', async () => {
    const policy = `policy: p\nbands:\n  - { upTo: x, decision: NO }\n  - { decison: YES }\n`;
    const problems = await problemsOf(CONFIG, withFile(policy));
    expect(problems.map(({ code, where }) => [code, where])).toEqual([
      ['CONFIG_INVALID', 'policy.yaml:3 bands[0].upTo'],
      ['CONFIG_INVALID', 'policy.yaml:4 bands[1].decision'],
      ['CONFIG_INVALID', 'policy.yaml:4 bands[1].decison'],
    ]);
  });

  it('needs bands, valid YAML, variables that are set, and no further file', async () => {
    const of = async (policy: string) =>
      (await problemsOf(CONFIG, withFile(policy))).map(({ code, where }) => [code, where]);
    expect(await of('policy: p\n')).toEqual([['CONFIG_INVALID', 'policy.yaml:1 bands']]);
    expect(await of('bands: [\n')).toEqual([['CONFIG_SYNTAX', 'policy.yaml:2:1']]);
    expect(await of('policy: ${NO_SUCH}\nbands: [{ decision: A }]\n')).toEqual([
      ['CONFIG_VARIABLE', 'policy.yaml:1 policy'],
    ]);
    expect(await of('file: other.yaml\n')).toEqual([
      ['CONFIG_INVALID', 'config/scorer.yaml:7 decision.file'],
    ]);
    expect(await of('just text\n')).toEqual([
      ['CONFIG_INVALID', 'config/scorer.yaml:7 decision.file'],
    ]);
  });

  it('is refused where it does not exist, and where the section has other keys', async () => {
    const yaml = `${LEAST}decision: { file: policy.yaml, policy: p }\n`;
    const problems = await problemsOf(yaml);
    expect(problems.map(({ code, where }) => [code, where])).toEqual([
      ['CONFIG_FILE', 'config/scorer.yaml:7 decision.file'],
      ['CONFIG_INVALID', 'config/scorer.yaml:7 decision.policy'],
    ]);
  });
});

describe('the parts of a policy', () => {
  const decision = (more: string) =>
    `${LEAST}decision: { bands: [{ upTo: 0.5, decision: A }, { decision: B }], ${more} }\n`;
  const wrong = async (more: string, rest = '') =>
    (await problemsOf(decision(more) + rest)).map(({ what, where }) => [what, where!.slice(21)]);

  it('have names that differ, and lists one source', async () => {
    const rule = '{ name: r, when: "true", decision: C }';
    const list = '{ name: l, key: event.id, decision: C';
    expect(
      await wrong(`rules: [${rule}, ${rule}], lists: [${list} }, ${list}, topic: t, file: f }]`),
    ).toEqual([
      ['is in the list twice', 'decision.rules[1].name'],
      ['needs either topic or file', 'decision.lists[0]'],
      ['needs either topic or file', 'decision.lists[1]'],
      ['is in the list twice', 'decision.lists[1].name'],
    ]);
    expect(await wrong('rules: [{ name: "a b", when: "true", decision: C }]')).toEqual([
      ['must consist of letters, digits, ".", "_" and "-"', 'decision.rules[0].name'],
    ]);
  });

  it('have decisions that explanations and fairness may name, those in shadow not', async () => {
    const parts =
      'rules: [{ name: r, when: "true", decision: R }, { name: s, when: "true", decision: S, shadow: true }], segments: [{ name: s, when: "true", bands: [{ decision: T }] }], lists: [{ name: l, key: id, file: f, decision: L }]';
    const uses = (names: string) => `explain: { decisions: [${names}] }\n`;
    expect(await wrong(parts, uses('A, R, T, L'))).toEqual([]);
    expect(await wrong(parts, uses('S'))).toEqual([
      ['is not one of the decisions of the policy', 'explain.decisions[0]'],
    ]);
  });

  it('have files whose paths start at the working directory', async () => {
    const { decision: found } = await load(
      decision('lists: [{ name: l, key: id, file: f, decision: L }]'),
    );
    expect(found!.lists![0]!.file).toBe('/app/f');
  });
});
