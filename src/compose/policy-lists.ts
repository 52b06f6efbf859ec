import type { Settings } from '../config/settings.ts';
import type { RangeReader } from '../consume/range-reader.ts';
import { openFileList } from '../decide/lists/file-list.ts';
import type { KeyList, ListEvents, OpenList } from '../decide/lists/key-list.ts';
import type { KeyType } from '../decide/lists/list-entry.ts';
import { openTopicList, type ReadListTopic } from '../decide/lists/topic-list.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { ListSettings } from '../flow/policy-settings.ts';

export interface PolicyListsOptions {
  /** Reads the topics of lists. */
  readonly reader: () => Promise<RangeReader>;
  /** How often files are looked at, in ms. 0: never. */
  readonly watchMs: number;
  /** Whether the lists are kept up to date once they are open. */
  readonly follow: boolean;
  /** What happens to a list later. */
  readonly events?: (name: string) => ListEvents;
}

const NO_EVENTS: ListEvents = { rejected: () => undefined, away: () => undefined };

/**
 * The lists of a policy and of those before it. A list stays open from one policy to the next if it
 * has the same source and field, so its keys are read once.
 */
export class PolicyLists {
  readonly #options: PolicyListsOptions;
  readonly #open = new Map<string, { readonly name: string; readonly list: OpenList }>();

  constructor(options: PolicyListsOptions) {
    this.#options = options;
  }

  /**
   * Opens those that are not open yet, and reads all of their keys, which have to be of the type of
   * their field (`typeOf`). Throws all problems together;
   * then none of them is open.
   */
  async open(
    settings: Pick<Settings, 'decision'>,
    signal?: AbortSignal,
    typeOf: (list: ListSettings) => KeyType = () => 'string',
  ): Promise<void> {
    const { lists = [] } = settings.decision ?? {};
    const sources = new Map(lists.map((list) => [sourceOf(list), list]));
    const fresh = [...sources].flatMap(([source, list]) => (this.#open.has(source) ? [] : [list]));
    const results = await Promise.allSettled(
      fresh.map((list) => this.#opened(list, lists.indexOf(list), typeOf(list), signal)),
    );
    const problems: Problem[] = [];
    const made: OpenList[] = [];
    for (const result of results) {
      if (result.status === 'fulfilled') made.push(result.value);
      else if (result.reason instanceof ScorerError) problems.push(...result.reason.problems);
      else throw result.reason;
    }
    if (problems.length > 0) {
      await Promise.all(made.map((list) => list.close()));
      throw new ScorerError(problems.map(asAtStart));
    }
    for (const [i, list] of made.entries()) {
      const { name } = fresh[i]!;
      this.#open.set(sourceOf(fresh[i]!), { name, list });
      if (this.#options.follow) list.follow();
    }
  }

  /** Closes those that these settings do not name. Whoever still has one may use it as it is. */
  async keep({ decision }: Pick<Settings, 'decision'>): Promise<void> {
    const wanted = new Set((decision?.lists ?? []).map(sourceOf));
    const closing: Promise<void>[] = [];
    for (const [source, { list }] of this.#open) {
      if (wanted.has(source)) continue;
      this.#open.delete(source);
      closing.push(list.close());
    }
    await Promise.all(closing);
  }

  close(): Promise<void> {
    return this.keep({});
  }

  /** Those that are open now. Whoever has this may use them, also after they were closed. */
  snapshot(): (list: ListSettings) => KeyList {
    const now = new Map(this.#open);
    return (list) => {
      const open = now.get(sourceOf(list));
      if (open === undefined) throw new TypeError(`the list ${list.name} is not open`);
      return open.list;
    };
  }

  /** Each open list, by its name. */
  get all(): readonly { readonly name: string; readonly list: OpenList }[] {
    return [...this.#open.values()];
  }

  /** What is wrong with them, for the readiness probe. */
  detail(): readonly string[] {
    return this.all.flatMap(({ name, list: { trouble } }) =>
      trouble === undefined ? [] : [`list ${name}: ${trouble}`],
    );
  }

  async #opened(
    list: ListSettings,
    place: number,
    type: KeyType,
    signal?: AbortSignal,
  ): Promise<OpenList> {
    const { reader, watchMs, events = () => NO_EVENTS } = this.#options;
    const { name, topic, file } = list;
    if (file !== undefined) {
      const where = `decision.lists[${place}].file`;
      return openFileList({ file, where, type, watchMs, events: events(name) });
    }
    const read = readerOf(await reader(), topic!);
    return openTopicList({ read, events: events(name), type, signal });
  }
}

/** Where its keys come from, and the field that they are keys of: it says which keys are possible. */
const sourceOf = ({ topic, file, key }: ListSettings): string => JSON.stringify([topic, file, key]);

function readerOf(reader: RangeReader, topic: string): ReadListTopic {
  return ({ from, follow, signal }) =>
    reader.read({ topic, from: { offset: from }, follow, signal });
}

/** The program does not wait for brokers at its start. */
function asAtStart(problem: Problem): Problem {
  return problem.code === 'BROKER_UNAVAILABLE'
    ? { ...problem, code: 'KAFKA_UNREACHABLE' }
    : problem;
}
