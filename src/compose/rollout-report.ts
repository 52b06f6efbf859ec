import type { Problem } from '../errors.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Gate } from '../rollout/gates.ts';
import type { Rollout, RolloutObserver } from '../rollout/rollout.ts';
import type { Reports } from './reports.ts';
import type { GatedVersion } from './gated-version.ts';

/** The answer of `GET /models`. Times are ISO 8601 in UTC. */
export interface RolloutReport {
  /** The deciding version, and the time since when it decides. */
  readonly champion: ModelIdentity & { readonly since: string };
  /** Versions that decided before and are still open. They can take over at once. */
  readonly warm: readonly ModelIdentity[];
  /** Why the wanted version is not available. */
  readonly unfound: Problem | null;
  readonly refused: readonly {
    readonly version: string;
    readonly gate: Gate;
    readonly problems: readonly Problem[];
    readonly at: string;
  }[];
}

type Running = Rollout<GatedVersion>;

interface ReportingObserver extends RolloutObserver<GatedVersion> {
  /** The first version decides. */
  readonly started: (rollout: Running) => void;
  readonly report: (rollout: Running) => RolloutReport;
  /** More lines of `/readyz`: the current refusals. */
  readonly detail: () => readonly string[];
}

/** Reports what happens to versions, in log, metrics, `/readyz` and `GET /models`. */
export function rolloutObserver({ metrics, logger }: Reports): ReportingObserver {
  let rollout: Running | undefined;
  let since = new Date();
  let unfound: Problem | undefined;

  const tellVersions = (): void => {
    metrics.modelInfo.reset();
    if (rollout === undefined) return;
    for (const { identity } of rollout.warm)
      metrics.modelInfo.set({ ...identity, role: 'warm' }, 1);
    metrics.modelInfo.set({ ...rollout.active!.identity, role: 'champion' }, 1);
  };
  const tellWarnings = ({ warnings }: GatedVersion): void => {
    for (const warning of warnings) logger.warn(warning);
  };

  return {
    started(own) {
      rollout = own;
      tellVersions();
      tellWarnings(own.active!);
    },
    swapped(before, after, warm) {
      since = new Date();
      tellVersions();
      if (!warm) tellWarnings(after);
      metrics.modelSwaps.inc({ outcome: warm ? 'rolled_back' : 'swapped' });
      logger.info(
        { from: before?.identity, to: after.identity, warm },
        `version ${after.identity.version} of the model decides from now on`,
      );
    },
    left: () => undefined,
    refused({ version, gate, problems }) {
      metrics.modelSwaps.inc({ outcome: 'refused' });
      for (const { code, what, where } of problems)
        logger.error(
          { code, where, version, gate },
          `version ${version} of the model was refused at the gate "${gate}": ${what}`,
        );
    },
    postponed({ version }, { code, what }) {
      metrics.modelSwaps.inc({ outcome: 'postponed' });
      logger.warn({ code, version }, `version ${version} of the model must wait: ${what}`);
    },
    unfound(wanted, problem) {
      unfound = problem;
      if (problem === undefined) {
        logger.info({ wanted }, 'the wanted version of the model is available again');
        return;
      }
      const { code, what, where } = problem;
      logger.warn(
        { code, where, wanted },
        `the wanted version of the model is not available; the current version continues: ${what}`,
      );
    },
    detail() {
      const refused = (rollout?.refusals ?? []).map(
        ({ version, gate, problems: [problem] }) =>
          `version ${version} of the model was refused at the gate "${gate}": ${problem?.what}`,
      );
      return unfound === undefined
        ? refused
        : [...refused, `the wanted version of the model is not available: ${unfound.what}`];
    },
    report: ({ active, warm, refusals }) => ({
      champion: { ...active!.identity, since: since.toISOString() },
      warm: warm.map(({ identity }) => identity),
      unfound: unfound ?? null,
      refused: refusals.map(({ at, ...refusal }) => ({
        ...refusal,
        at: new Date(at).toISOString(),
      })),
    }),
  };
}
