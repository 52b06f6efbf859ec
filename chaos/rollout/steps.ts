import { decisionSection, policyOf } from './policies.ts';
import type { Director } from './director.ts';
import type { Step, StepKind, Way } from './plan.ts';
import { FAR } from './shifts.ts';

/** How the note of a refusal begins. */
export const REFUSED = 'refused: ';

type Do<K extends StepKind> = (
  step: Extract<Step, { readonly kind: K }>,
  director: Director,
) => Promise<string | undefined>;

const BETWEEN_MOVES_MS = 300;
const FEW_PERCENT = 20;
const MORE_PERCENT = 50;
const STOP_WHEN = { flipRate: 0.05, minEvents: 200 };
const DECIDES = 'the changed policy decides from now on';
const DOES_NOT = 'the earlier one continues';
/** The bands of a policy with the same label are elsewhere by so much. */
const OTHER_BANDS = 0.03;

/** Swaps to a new version; `meanwhile` happens right after it appeared. */
async function swap(
  director: Director,
  kind: StepKind,
  way: Way,
  meanwhile?: () => Promise<void>,
): Promise<undefined> {
  const { bundles } = director.parts;
  const { version, shift } = director.next();
  await director.change(
    kind,
    [{ ...director.now, champion: version }],
    async () => {
      await director.offer(version, way, () => bundles.add(version, shift));
      await meanwhile?.();
      await director.champion(version);
    },
    meanwhile !== undefined,
  );
}

/** Back to an earlier version by its name. */
async function back(director: Director, kind: StepKind, version: string): Promise<void> {
  await director.change(kind, [{ ...director.now, champion: version }], async () => {
    await director.parts.config.change({ champion: version });
    await director.champion(version);
  });
}

const rolledBack = 'model_swaps_total{outcome="rolled_back"}';

/** How each step is done. It resolves with what is worth a word in the report. */
const STEPS: { readonly [K in StepKind]: Do<K> } = {
  swap: ({ kind, way }, director) => swap(director, kind, way),

  refused: async ({ kind, way, gate }, director) => {
    const { bundles, fleet, config } = director.parts;
    const { version, shift } = director.next();
    const { champion } = director.now;
    await director.change(kind, [director.now], async () => {
      await director.offer(version, way, () => bundles.addBad(version, shift, gate));
      const answers = await fleet.every(`refused version ${version}`, (models) => {
        if (models.champion.version === version)
          throw new Error(`version ${version} decides, which the gate "${gate}" has to refuse`);
        return models.refused.some((one) => one.version === version);
      });
      for (const models of answers) {
        const refusal = models.refused.find((one) => one.version === version)!;
        if (refusal.gate !== gate)
          throw new Error(`"${refusal.gate}" refused a version that "${gate}" has to refuse`);
        if (models.champion.version !== champion)
          throw new Error(`a refused version ended version ${champion} of the champion`);
      }
      // a replica that starts must find a good one
      await config.change({ champion });
      await bundles.remove(version);
    });
    return `${REFUSED}${gate}`;
  },

  'kill -9 in a swap': ({ kind, way, waitMs, pick }, director) =>
    swap(director, kind, way, async () => {
      const { replicas } = director.parts;
      await director.pause(waitMs);
      await replicas.kill(replicas.pick(pick));
      await replicas.joined(replicas.start());
    }),
  'SIGTERM in a swap': ({ kind, way, waitMs, pick }, director) =>
    swap(director, kind, way, async () => {
      const { replicas } = director.parts;
      await director.pause(waitMs);
      await replicas.stop(replicas.pick(pick));
      await replicas.joined(replicas.start());
    }),
  'join in a swap': ({ kind, way, waitMs }, director) =>
    swap(director, kind, way, async () => {
      const { replicas } = director.parts;
      await director.pause(waitMs);
      await replicas.joined(replicas.start());
    }),
  leave: async ({ kind, pick }, director) => {
    const { replicas } = director.parts;
    const leave = (): Promise<void> => replicas.stop(replicas.pick(pick));
    await director.change(kind, [director.now], leave, true);
    return undefined;
  },

  'half-copied': async ({ kind }, director) => {
    const { bundles, config, fleet } = director.parts;
    const { version, shift } = director.next();
    await director.change(kind, [{ ...director.now, champion: version }], async () => {
      const rest = await bundles.addHalf(version, shift);
      await config.change({ champion: 'latest' });
      await fleet.every(`refused half of version ${version}`, ({ refused }) =>
        refused.some((one) => one.version === version && one.gate === 'files'),
      );
      await rest();
      await director.champion(version);
    });
    return undefined;
  },
  'moved twice': async ({ kind }, director) => {
    const { bundles, config } = director.parts;
    const [first, second] = [director.next(), director.next()];
    const { now } = director;
    const states = [first, second].map(({ version }) => ({ ...now, champion: version }));
    await director.change(kind, states, async () => {
      await config.change({ champion: now.champion });
      for (const { version, shift } of [first, second]) await bundles.add(version, shift);
      await config.change({ champion: first.version });
      await director.pause(BETWEEN_MOVES_MS);
      await config.change({ champion: second.version });
      await director.champion(second.version);
    });
    return undefined;
  },
  'back, warm': async ({ kind }, director) => {
    const { fleet } = director.parts;
    // a replica that has started since then has no earlier version
    await swap(director, 'swap', 'named');
    const [earlier] = director.earlier;
    await fleet.every('a warm version', ({ warm }) =>
      warm.some(({ version }) => version === earlier),
    );
    const before = await fleet.metric(rolledBack);
    await back(director, kind, earlier!);
    const { length } = await director.champion(earlier!);
    const after = await fleet.metric(rolledBack);
    if (after - before !== length)
      throw new Error(`${after - before} of ${length} replicas went back to a warm version`);
    return undefined;
  },
  'back, cold': async ({ kind }, director) => {
    await swap(director, 'swap', 'named');
    await back(director, kind, director.earlier.at(-1)!);
    return undefined;
  },

  canary: async ({ kind }, director) => {
    const { bundles, config, fleet } = director.parts;
    const { now } = director;
    const { version, shift } = director.nextBeside(0.5);
    await bundles.add(version, shift);
    for (const percent of [FEW_PERCENT, MORE_PERCENT]) {
      const canary = { version, percent };
      await director.change(kind, [{ ...director.now, canary }], async () => {
        await config.change({ canary });
        await fleet.every(
          `a canary at ${percent} %`,
          ({ canary: own }) => own?.version === version && own.percent === percent,
        );
      });
    }
    await director.change(kind, [now], async () => {
      await config.change({ canary: undefined });
      await fleet.every('no canary', ({ canary }) => canary === null);
    });
    return undefined;
  },
  'canary that stops': async ({ kind }, director) => {
    const { bundles, config, fleet } = director.parts;
    const { now } = director;
    const { version, shift } = director.nextBeside(FAR);
    await bundles.add(version, shift);
    const canary = { version, percent: FEW_PERCENT };
    let reason = '';
    await director.change(kind, [{ ...now, canary }, now], async () => {
      await config.change({ canary: { ...canary, stopWhen: STOP_WHEN } });
      const [models] = await fleet.every(
        'a canary that stopped',
        ({ canaryStopped }) => canaryStopped?.version === version,
      );
      ({ reason } = models!.canaryStopped!);
    });
    await config.change({ canary: undefined });
    await fleet.every('no canary', (models) => models.canary === null);
    return `the canary stopped by itself: ${reason}`;
  },
  challenger: async (_step, director) => {
    const { bundles, config, fleet } = director.parts;
    const { version, shift } = director.nextBeside(-0.5);
    await bundles.add(version, shift);
    await config.change({ challenger: version });
    await fleet.every('the challenger', ({ challenger }) => challenger?.version === version);
    return undefined;
  },

  policy: async ({ kind }, director) => {
    const { config, fleet } = director.parts;
    const policy = policyOf(Number(director.now.policy.slice(1)) + 1);
    await director.change(kind, [{ ...director.now, policy }], async () => {
      const change = (): Promise<void> => config.change({ decision: decisionSection(policy) });
      await fleet.everySays([DECIDES], change);
    });
    return undefined;
  },
  'policy of the same name': async ({ kind }, director) => {
    const { config, fleet } = director.parts;
    const { policy } = director.now;
    await director.change(kind, [director.now], async () => {
      const said = await fleet.everySays([DECIDES, DOES_NOT], () =>
        config.change({ decision: decisionSection(policy, OTHER_BANDS) }),
      );
      if (said.includes(DECIDES)) throw new Error(`two policies have the name ${policy}`);
      await config.change({ decision: decisionSection(policy) });
    });
    return undefined;
  },
};

/** Does one step, and waits until all replicas have followed and the stream goes on. */
export function take(step: Step, director: Director): Promise<string | undefined> {
  const perform = STEPS[step.kind] as Do<StepKind>;
  return perform(step, director);
}
