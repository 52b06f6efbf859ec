import type { Observation } from '../flow/observation.ts';
import type { Decisions, RulesSeen } from '../flow/scores.ts';

/** A rule decided (in shadow: would have decided) about events, or failed for them; never both 0. */
export type OnRule = (
  rule: { readonly name: string; readonly shadow: boolean },
  matched: number,
  failed: number,
) => void;

/** Creates the observer of the rules. It counts when the batch is delivered. */
export function createRulesObserver(
  onRule: OnRule,
): (decisions: Decisions) => Observation | undefined {
  return function observeRules({ rulesSeen }) {
    return rulesSeen && new SeenRules(rulesSeen, onRule);
  };
}

/** A policy may change between two batches, so each keeps its own rules. */
class SeenRules implements Observation {
  readonly #seen: RulesSeen[];
  readonly #onRule: OnRule;

  constructor(seen: RulesSeen, onRule: OnRule) {
    this.#seen = [seen];
    this.#onRule = onRule;
  }

  merge(other: this): void {
    this.#seen.push(...other.#seen);
  }

  record(): void {
    for (const { rules, matched, failed } of this.#seen) {
      for (const [i, rule] of rules.entries()) {
        const [hits, failures] = [matched[i]!, failed[i]!];
        if (hits > 0 || failures > 0) this.#onRule(rule, hits, failures);
      }
    }
  }
}
