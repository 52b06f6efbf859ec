import type { Problem } from '../errors.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import type { Gate } from '../rollout/gates.ts';
import type { Refusal, Rollout, RolloutObserver } from '../rollout/rollout.ts';
import type { CanaryRole, CanaryRun, StoppedCanary } from './canary-role.ts';
import type { ChallengerRole } from './challenger-role.ts';
import type { ChallengerRun } from './challenger-run.ts';
import type { GatedVersion } from './gated-version.ts';
import type { KeptVersions, LabelReport } from './kept-versions.ts';
import type { Lineups } from './lineups.ts';
import type { LeftOut } from './plan-renewal.ts';
import type { Reports } from './reports.ts';
import type { Role, VersionReport } from './version-statistics.ts';

/** The answer of `GET /models`. Times are ISO 8601 in UTC. */
export interface RolloutReport {
  /** The deciding version, and the time since when it decides. */
  readonly champion: VersionReport;
  /** The version that decides for a share of the keys, in percent. */
  readonly canary:
    | (CanaryRun['report'] & { readonly percent: number; readonly leftOut: Problem | null })
    | null;
  /** The canary that the configuration names, if it stopped by itself, and why. */
  readonly canaryStopped: StoppedCanary | null;
  /** The version that scores for comparison. */
  readonly challenger: (ChallengerRun['report'] & { readonly leftOut: Problem | null }) | null;
  /** Versions without a role that are still open. They can decide at once. */
  readonly warm: readonly ModelIdentity[];
  /** The version that each label of `model.labels` means. */
  readonly labels: Readonly<Record<string, LabelReport>>;
  /** Why a wanted version is not available. */
  readonly unfound: Problem | null;
  readonly refused: readonly {
    readonly role: Role;
    readonly version: string;
    readonly gate: Gate;
    readonly problems: readonly Problem[];
    readonly at: string;
  }[];
}

/** The versions of the model by role, as this replica has them. */
export interface Roles {
  readonly champion: Rollout<GatedVersion>;
  readonly canary: Rollout<GatedVersion>;
  readonly challenger: Rollout<GatedVersion>;
  readonly kept: KeptVersions;
  readonly lineups: Lineups;
  readonly canaryRole: CanaryRole;
  readonly challengerRole: ChallengerRole;
}

const AS: Readonly<Record<Role, string>> = {
  champion: '',
  canary: ' as canary',
  challenger: ' as challenger',
  warm: ' as a version to keep open',
};

const STARTED: Readonly<Record<Role, string>> = {
  champion: 'swapped',
  canary: 'canary_started',
  challenger: 'challenger_started',
  warm: 'kept',
};
const FROM_NOW_ON: Readonly<Record<Role, string>> = {
  champion: 'decides',
  canary: 'is the canary',
  challenger: 'is the challenger',
  warm: 'stays open',
};
const GONE: Readonly<Record<Role, string>> = {
  champion: 'the champion',
  canary: 'the canary',
  challenger: 'the challenger',
  warm: 'kept open',
};

/** Reports what happens to versions, in log, metrics, `/readyz` and `GET /models`. */
export class ModelReports {
  readonly #reports: Pick<Reports, 'metrics' | 'logger'>;
  readonly #unfound = new Map<string, { readonly role: Role; readonly problem: Problem }>();
  /** Versions that newer schemas of the events do not fit. */
  readonly #leftOut = new Map<string, Problem>();
  #roles: Roles | undefined;

  constructor(reports: Pick<Reports, 'metrics' | 'logger'>) {
    this.#reports = reports;
  }

  /** The first version decides. */
  started(roles: Roles): void {
    this.#roles = roles;
    this.#tellVersions();
    this.#tellWarnings(roles.champion.active!);
  }

  readonly leftOut: LeftOut = ({ version }, problems) => {
    const [problem] = problems ?? [];
    const before = this.#leftOut.get(version);
    if (problem === undefined) {
      this.#leftOut.delete(version);
      if (before !== undefined)
        this.#reports.logger.info(`version ${version} of the model fits the events again`);
      return;
    }
    this.#leftOut.set(version, problem);
    if (before?.what === problem.what) return;
    const { code, what, where } = problem;
    this.#reports.logger.warn({ code, where, version }, leftOutText(version, what));
  };

  /**
   * Hears of a role. `change` makes the lineup that its new version needs. `key`: which one of
   * several with this role.
   */
  observerOf(role: Role, change: () => void, key: string = role): RolloutObserver<GatedVersion> {
    const { metrics, logger } = this.#reports;
    return {
      swapped: (before, after, warm) => {
        change();
        this.#tellVersions();
        if (!warm) this.#tellWarnings(after);
        const outcome = role === 'champion' && warm ? 'rolled_back' : STARTED[role];
        metrics.modelSwaps.inc({ outcome });
        logger.info(
          { from: before?.identity, to: after.identity, warm },
          `version ${after.identity.version} of the model ${FROM_NOW_ON[role]} from now on`,
        );
      },
      left: (before) => {
        this.#unfound.delete(key);
        if (before === undefined) return;
        change();
        this.#tellVersions();
        logger.info(
          { from: before.identity },
          `version ${before.identity.version} of the model is not ${GONE[role]} any more`,
        );
      },
      refused: ({ version, gate, problems }) => {
        metrics.modelSwaps.inc({ outcome: 'refused' });
        for (const { code, what, where } of problems)
          logger.error(
            { code, where, version, gate, role },
            `version ${version} of the model was refused${AS[role]} at the gate "${gate}": ${what}`,
          );
      },
      postponed: ({ version }, { code, what }) => {
        metrics.modelSwaps.inc({ outcome: 'postponed' });
        logger.warn(
          { code, version, role },
          `version ${version} of the model must wait${AS[role]}: ${what}`,
        );
      },
      unfound: (wanted, problem) => {
        if (problem === undefined) {
          this.#unfound.delete(key);
          logger.info({ wanted, role }, 'the wanted version of the model is available again');
          return;
        }
        this.#unfound.set(key, { role, problem });
        const { code, what, where } = problem;
        logger.warn(
          { code, where, wanted, role },
          `the wanted version of the model is not available; the current version continues: ${what}`,
        );
      },
    };
  }

  /** More lines of `/readyz`. */
  detail(): readonly string[] {
    const { stopped } = this.#roles?.canaryRole ?? {};
    return [
      // only what is still wanted: `GET /models` has the others, with their times
      ...this.#refusals(({ standing }) => (standing === undefined ? [] : [standing])).map(
        ({ role, version, gate, problems: [problem] }) =>
          `version ${version} of the model was refused${AS[role]} at the gate "${gate}": ${problem?.what}`,
      ),
      ...[...this.#unfound.values()].map(
        ({ role, problem: { what } }) =>
          `the wanted version of the model is not available${AS[role]}: ${what}`,
      ),
      ...[...this.#leftOut].map(([version, { what }]) => leftOutText(version, what)),
      ...(stopped === undefined
        ? []
        : [`version ${stopped.version} of the model stopped as canary: ${stopped.reason}`]),
    ];
  }

  get report(): RolloutReport {
    const { kept, lineups, canaryRole, challengerRole } = this.#roles!;
    const { run, stopped, percent } = canaryRole;
    const { run: challenger } = challengerRole;
    const leftOut = ({ version }: ModelIdentity): Problem | null =>
      this.#leftOut.get(version) ?? null;
    const [unfound] = this.#unfound.values();
    return {
      champion: lineups.current.statistics.report,
      canary: run === undefined ? null : { ...run.report, percent, leftOut: leftOut(run.identity) },
      canaryStopped:
        stopped === undefined
          ? null
          : { version: stopped.version, reason: stopped.reason, at: stopped.at },
      challenger:
        challenger === undefined
          ? null
          : { ...challenger.report, leftOut: leftOut(challenger.identity) },
      warm: this.#warm().map(({ identity }) => identity),
      labels: kept.labels,
      unfound: unfound?.problem ?? null,
      refused: this.#refusals(({ refusals }) => refusals).map(({ at, ...refusal }) => ({
        ...refusal,
        at: new Date(at).toISOString(),
      })),
    };
  }

  #refusals(of: (rollout: Rollout<GatedVersion>) => readonly Refusal[]) {
    if (this.#roles === undefined) return [];
    const { champion, canary, challenger, kept } = this.#roles;
    const by = (role: Role, rollout: Rollout<GatedVersion>) =>
      of(rollout).map((refusal) => ({ role, ...refusal }));
    return [
      ...kept.rollouts.flatMap((rollout) => by('warm', rollout)),
      ...by('champion', champion),
      ...by('canary', canary),
      ...by('challenger', challenger),
    ];
  }

  /** Open versions without a role, each once. */
  #warm(): readonly GatedVersion[] {
    const { champion, canary, challenger, kept } = this.#roles!;
    const keyOf = ({ identity: { version, sha256 } }: GatedVersion): string =>
      `${version} ${sha256}`;
    const roles = [champion, canary, challenger].flatMap(({ active }) => active ?? []);
    const taken = new Set(roles.map(keyOf));
    const all = [...champion.warm, ...kept.rollouts.flatMap(({ active }) => active ?? [])];
    const open = new Map(all.map((version) => [keyOf(version), version]));
    return [...open].filter(([key]) => !taken.has(key)).map(([, version]) => version);
  }

  #tellVersions(): void {
    const { modelInfo } = this.#reports.metrics;
    if (this.#roles === undefined) return;
    const { champion, canary, challenger } = this.#roles;
    modelInfo.reset();
    for (const { identity } of this.#warm()) modelInfo.set({ ...identity, role: 'warm' }, 1);
    for (const [role, { active }] of Object.entries({ champion, canary, challenger }))
      if (active !== undefined) modelInfo.set({ ...active.identity, role }, 1);
    // a version that has left its role is not left out of anything
    const open = [canary, challenger].flatMap(({ active }) => active?.identity.version ?? []);
    for (const version of this.#leftOut.keys())
      if (!open.includes(version)) this.#leftOut.delete(version);
  }

  #tellWarnings({ warnings }: GatedVersion): void {
    for (const warning of warnings) this.#reports.logger.warn(warning);
  }
}

const leftOutText = (version: string, what: string): string =>
  `version ${version} of the model does not score, because the events do not fit it; the champion scores them: ${what}`;
