/** What a committed offset's metadata begins with where it names the topic that it belongs to. */
const PREFIX = 'topicId=';

/**
 * The ids of the input topics as of the current assignment. A topic that is deleted and made again
 * keeps its name and has another id. So every offset is committed with the id in its metadata, and
 * an offset of another id says nothing.
 */
export class TopicIds {
  readonly #ids = new Map<string, string>();

  /** `id`: undefined where the broker does not tell ids. */
  set(topic: string, id: string | undefined): void {
    if (id === undefined) this.#ids.delete(topic);
    else this.#ids.set(topic, id);
  }

  get(topic: string): string | undefined {
    return this.#ids.get(topic);
  }

  /** The metadata to commit an offset of this topic with. */
  note(topic: string): string | undefined {
    const id = this.#ids.get(topic);
    return id === undefined ? undefined : PREFIX + id;
  }

  /**
   * Whether an offset with this metadata may be believed. One without an id may: other tools and
   * versions write none.
   */
  believes(topic: string, metadata: string | null | undefined): boolean {
    const id = this.#ids.get(topic);
    if (id === undefined || metadata?.startsWith(PREFIX) !== true) return true;
    return metadata === PREFIX + id;
  }
}
