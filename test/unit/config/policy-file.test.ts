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
