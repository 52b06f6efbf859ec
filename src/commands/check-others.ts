import { openChampion } from '../compose/champion.ts';
import { configuredChampion, type ConfiguredOptions } from '../compose/configured-champion.ts';
import { lookAtGolden } from '../compose/golden.ts';
import { prepareReasons } from '../compose/prepare-reasons.ts';
import { otherClasses } from '../compose/other-classes.ts';
import { attemptPlan, type PlanAttempt } from '../compose/plan-attempt.ts';
import type { FindReaders } from '../compose/topic-readers.ts';
import type { Settings } from '../config/settings.ts';
import type { Problem } from '../errors.ts';

/** What was found about a version that does not decide alone. */
interface OtherFindings {
  readonly line: string;
  readonly problems: readonly Problem[];
}

/**
 * Examines the canary and the challenger of the configuration as the champion was examined. What
 * the champion has already reported is not reported again.
 */
export async function examineOthers(
  settings: Settings,
  champion: PlanAttempt,
  readers: FindReaders,
  options: ConfiguredOptions,
): Promise<readonly OtherFindings[]> {
  const { canary, challenger } = settings.model;
  const others = [
    {
      role: 'canary',
      key: 'model.canary.version',
      name: canary?.version,
      more: `, decides for ${canary?.percent} % of the keys`,
    },
    { role: 'challenger', key: 'model.challenger', name: challenger, more: ', never decides' },
  ];
  const findings: OtherFindings[] = [];
  for (const { role, key, name, more } of others) {
    if (name === undefined) continue;
    const wanted = { ...settings, model: { ...settings.model, champion: name } };
    const found = await configuredChampion(wanted, options);
    const { signal } = options;
    const opened = await openChampion(found, settings, { elsewhere: true, signal });
    try {
      const attempt = await attemptPlan(settings, readers, opened);
      const golden = await lookAtGolden(attempt, settings);
      const reasons = await prepareReasons(attempt.scorable, settings, signal);
      const classes = role === 'canary' ? classesOf(champion, attempt) : undefined;
      const said = new Set(champion.problems.map((problem) => JSON.stringify(problem)));
      const problems = [
        ...attempt.problems,
        ...(typeof golden === 'object' ? golden : []),
        ...reasons,
        ...(classes === undefined ? [] : [classes]),
      ].filter((problem) => !said.has(JSON.stringify(problem)));
      const version = attempt.bundle?.version ?? name;
      findings.push({
        line: `${role.padEnd(15)}${settings.name} version ${version}${more}\n`,
        problems: problems.map((problem) =>
          problem.where === 'model.champion' ? { ...problem, where: key } : problem,
        ),
      });
    } finally {
      await opened.model?.release();
    }
  }
  return findings;
}

function classesOf(champion: PlanAttempt, canary: PlanAttempt): Problem | undefined {
  const [ours, theirs] = [champion, canary].map(
    ({ bundle, model }) => bundle && model && { bundle, model },
  );
  return ours && theirs && otherClasses(ours, theirs);
}
