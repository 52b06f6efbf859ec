import type { Place } from './place.ts';

/** Where events are that have one decider: from `first` to `last`, with others between them. */
export interface DecidedEvents {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly events: number;
}

const BITS = 16;
const PAGE = 1 << BITS;
const LARGEST_BYTE = 0xff;

type Page = Uint8Array | Uint16Array;

interface Part {
  readonly pages: Map<number, Page>;
  readonly counts: Map<number, { first: number; last: number; events: number }>;
}

/**
 * Which version and policy decided about each event, as a number from 1 to 65535. It needs one byte
 * for each offset of the input topics, and two where there are more than 255 numbers.
 */
export class Deciders {
  readonly #topics = new Map<string, Map<number, Part>>();

  /** An event may have several score records: the last one counts. */
  add({ topic, partition, offset }: Place, decider: number): void {
    const part = this.#part(topic, partition);
    const number = Math.floor(offset / PAGE);
    let page: Page = part.pages.get(number) ?? new Uint8Array(PAGE);
    if (decider > LARGEST_BYTE && page instanceof Uint8Array) page = Uint16Array.from(page);
    part.pages.set(number, page);
    const at = offset % PAGE;
    const before = part.counts.get(page[at]!);
    if (before !== undefined) before.events--;
    page[at] = decider;
    const own = part.counts.get(decider);
    if (own === undefined) {
      part.counts.set(decider, { first: offset, last: offset, events: 1 });
      return;
    }
    own.events++;
    own.first = Math.min(own.first, offset);
    own.last = Math.max(own.last, offset);
  }

  /** 0: nobody has decided about the event. */
  of(topic: string, partition: number, offset: number): number {
    const page = this.#topics
      .get(topic)
      ?.get(partition)
      ?.pages.get(Math.floor(offset / PAGE));
    return page?.[offset % PAGE] ?? 0;
  }

  /** Where the events of a decider are, by topic and partition. */
  eventsOf(decider: number): DecidedEvents[] {
    return [...this.#topics]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([topic, parts]) =>
        [...parts]
          .sort(([a], [b]) => a - b)
          .flatMap(([partition, { counts }]) => {
            const own = counts.get(decider);
            return own === undefined || own.events === 0 ? [] : [{ topic, partition, ...own }];
          }),
      );
  }

  #part(topic: string, partition: number): Part {
    let parts = this.#topics.get(topic);
    if (parts === undefined) this.#topics.set(topic, (parts = new Map<number, Part>()));
    let part = parts.get(partition);
    if (part === undefined) parts.set(partition, (part = { pages: new Map(), counts: new Map() }));
    return part;
  }
}
