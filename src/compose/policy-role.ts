import { createHash } from 'node:crypto';
import type { Settings } from '../config/settings.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { KeyType } from '../decide/lists/list-entry.ts';
import type { ListSettings } from '../flow/policy-settings.ts';
import type { PolicyLists } from './policy-lists.ts';
import type { Reports } from './reports.ts';

type Decision = Settings['decision'];

export interface PolicyRoleOptions {
  readonly reports: Pick<Reports, 'metrics'>;
  readonly lists: PolicyLists;
  /** The policy of the start. */
  readonly first: Decision;
  /** Which keys the field of a list can have. */
  readonly typeOf?: ((list: ListSettings) => KeyType) | undefined;
  /** Lets a policy decide from the next batch on. Returns its problems if it cannot. */
  readonly decideBy: (decision: Decision) => readonly Problem[];
  readonly signal: AbortSignal;
}

/** The policy that decides, and the change to another one while the program runs. */
export class PolicyRole {
  readonly #options: PolicyRoleOptions;
  /** The digest of each policy that has decided, by its name. */
  readonly #digests = new Map<string, string>();
  #current: Decision;
  #refused: string | undefined;

  constructor(options: PolicyRoleOptions) {
    this.#options = options;
    this.#current = options.first;
    this.#decides(options.first);
  }

  /**
   * Opens the lists of another policy, and lets it decide. If that is not possible, its problems,
   * and the current one continues. A name stands for one policy: scores have it, so it must not
   * mean two things.
   */
  async change({ decision }: Pick<Settings, 'decision'>): Promise<readonly Problem[]> {
    const problems = isSame(decision, this.#current) ? [] : await this.#changed(decision);
    const [first] = problems;
    const name = decision?.policy === undefined ? 'policy' : `policy ${decision.policy}`;
    this.#refused = first && `${name} is refused, and the earlier one decides: ${first.what}`;
    return problems;
  }

  /** What is wrong with the policy of the configuration, for the readiness probe. */
  detail(): readonly string[] {
    return this.#refused === undefined ? [] : [this.#refused];
  }

  async #changed(decision: Decision): Promise<readonly Problem[]> {
    const { lists, decideBy, typeOf, signal } = this.#options;
    const known = this.#digests.get(decision?.policy ?? '');
    if (decision?.policy !== undefined && known !== undefined && known !== digestOf(decision)) {
      const what = `a policy with the name ${decision.policy} and other contents has decided before`;
      return [{ code: 'POLICY_NAME_TAKEN', what, where: 'decision.policy' }];
    }
    try {
      await lists.open(decision === undefined ? {} : { decision }, signal, typeOf);
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      return error.problems;
    }
    const problems = decideBy(decision);
    if (problems.length === 0) this.#decides(decision);
    await lists.keep(this.#current === undefined ? {} : { decision: this.#current });
    return problems;
  }

  #decides(decision: Decision): void {
    const { metrics } = this.#options.reports;
    this.#current = decision;
    metrics.policyInfo.reset();
    if (decision === undefined) return;
    const sha256 = digestOf(decision);
    if (decision.policy !== undefined) this.#digests.set(decision.policy, sha256);
    metrics.policyInfo.set({ policy: decision.policy ?? '', sha256 }, 1);
  }
}

const isSame = (a: Decision, b: Decision): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Of everything that a policy says, without its name and its place. */
export function digestOf({ policy: _name, file: _place, ...rest }: NonNullable<Decision>): string {
  return createHash('sha256').update(JSON.stringify(rest)).digest('hex');
}
