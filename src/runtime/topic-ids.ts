/** The start of the metadata of a committed offset that names the id of its topic. */
const PREFIX = 'topicId=';

/**
 * The ids of the input topics in the current assignment. A topic that is deleted and created again
 * keeps its name but gets another id. So every offset is committed with the id in its metadata, and
 * an offset with another id is ignored.
 */
export class TopicIds {
  readonly #ids = new Map<string, string>();

  /** `id`: undefined if the broker does not tell ids. */
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
   * Whether an offset with this metadata is valid. One without an id is: other tools and earlier
   * versions write none.
   */
  believes(topic: string, metadata: string | null | undefined): boolean {
    const id = this.#ids.get(topic);
    if (id === undefined || metadata?.startsWith(PREFIX) !== true) return true;
    return metadata === PREFIX + id;
  }
}
