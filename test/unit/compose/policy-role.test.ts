import { digestOf, PolicyRole } from '../../../src/compose/policy-role.ts';
import type { PolicyLists } from '../../../src/compose/policy-lists.ts';
import type { Problem } from '../../../src/errors.ts';
import { ScorerError } from '../../../src/errors.ts';
import { Metrics } from '../../../src/observe/metrics.ts';

const policy = (name: string | undefined, decision: string) => ({
  ...(name === undefined ? {} : { policy: name }),
  bands: [{ decision }],
});

function given(first = policy('p1', 'A')) {
  const metrics = new Metrics(false);
  const state = {
    problems: [] as Problem[],
    lists: undefined as ScorerError | undefined,
    decided: [] as unknown[],
    kept: [] as unknown[],
  };
  const lists = {
    open: () => (state.lists === undefined ? Promise.resolve() : Promise.reject(state.lists)),
    keep: ({ decision }: { decision: unknown }) => Promise.resolve(state.kept.push(decision)),
  } as unknown as PolicyLists;
  const role = new PolicyRole({
    reports: { metrics },
    lists,
    first,
    decideBy: (decision) => {
      state.decided.push(decision);
      return state.problems;
    },
    signal: new AbortController().signal,
  });
  const change = async (decision: typeof first | undefined): Promise<string[]> =>
    (await role.change(decision === undefined ? {} : { decision })).map(({ code }) => code);
  const info = async (): Promise<string[]> =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('stream_scorer_policy_info{'));
  return { role, state, change, info };
}

describe('another policy while the program runs', () => {
  it('decides, and the metric names it and no other', async () => {
    const { change, info, state } = given();
    const second = policy('p2', 'B');
    expect(await change(second)).toEqual([]);
    expect(state.decided).toEqual([second]);
    expect(state.kept).toEqual([second]);
    expect(await info()).toEqual([
      `stream_scorer_policy_info{policy="p2",sha256="${digestOf(second)}"} 1`,
    ]);
    expect(await change(undefined)).toEqual([]);
    expect(await info()).toEqual([]);
  });

  it('is refused under the name of one with other contents, also of an earlier one', async () => {
    const { role, change, info, state } = given();
    expect(await change(policy('p1', 'B'))).toEqual(['POLICY_NAME_TAKEN']);
    expect(role.detail()[0]).toMatch(/^policy p1 is refused, and the earlier one decides: /);
    expect(await change(policy('p1', 'A'))).toEqual([]);
    expect(role.detail()).toEqual([]);
    expect(await change(policy('p2', 'B'))).toEqual([]);
    expect(await change(policy('p1', 'C'))).toEqual(['POLICY_NAME_TAKEN']);
    expect(state.decided).toHaveLength(1);
    expect((await info())[0]).toContain('policy="p2"');
    expect(await change(policy('p1', 'A'))).toEqual([]); // back to what it was
  });

  it('may have no name, and then any contents', async () => {
    const { change } = given(policy(undefined, 'A'));
    expect(await change(policy(undefined, 'B'))).toEqual([]);
    expect(await change(policy(undefined, 'C'))).toEqual([]);
  });

  it('does not decide if its lists cannot be read or it does not fit, and its lists are closed', async () => {
    const { change, state, info } = given();
    state.lists = new ScorerError({ code: 'LIST_NOT_FOUND', what: 'no file' });
    expect(await change(policy('p2', 'B'))).toEqual(['LIST_NOT_FOUND']);
    state.lists = undefined;
    state.problems.push({ code: 'POLICY_INVALID', what: 'no such field' });
    expect(await change(policy('p3', 'B'))).toEqual(['POLICY_INVALID']);
    expect(state.kept).toEqual([policy('p1', 'A')]);
    expect((await info())[0]).toContain('policy="p1"');
  });

  it('has a digest that does not depend on its name or its file', () => {
    const contents = { bands: [{ decision: 'A' }] };
    expect(digestOf({ ...contents, policy: '1', file: '/a' })).toBe(digestOf(contents));
    expect(digestOf(contents)).not.toBe(digestOf({ bands: [{ decision: 'B' }] }));
  });
});
