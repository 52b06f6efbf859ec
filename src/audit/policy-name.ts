/** What a score says about its policy: the label, and how far each list was read. */
export interface PolicyName {
  readonly label: string | null;
  readonly lists: Readonly<Record<string, string>>;
}

/** One list with its position, at the end of the name: ` blocked-cards@0:1532`. */
const LAST_LIST = /(?:^| )([\p{L}\p{N}_][\p{L}\p{M}\p{N}._-]*)@(\S+)$/u;

/** Takes the name apart. `lists`: the names that the lists of the policy may have. */
export function parsePolicyName(name: string | null, lists: readonly string[]): PolicyName {
  const found: [string, string][] = [];
  let label = name ?? '';
  for (;;) {
    const last = LAST_LIST.exec(label);
    if (last === null || !lists.includes(last[1]!)) break;
    found.unshift([last[1]!, last[2]!]);
    label = label.slice(0, last.index);
  }
  return { label: label === '' ? null : label, lists: Object.fromEntries(found) };
}

/** A list that stands elsewhere than it did. */
export interface MovedList {
  readonly name: string;
  readonly what: string;
}

export function movedLists(then: PolicyName, now: PolicyName): readonly MovedList[] {
  const names = new Set([...Object.keys(then.lists), ...Object.keys(now.lists)]);
  return [...names]
    .filter((name) => then.lists[name] !== now.lists[name])
    .map((name) => ({
      name,
      what: `the list ${name} was at ${then.lists[name] ?? 'no position'}, and is at ${now.lists[name] ?? 'no position'} now`,
    }));
}
