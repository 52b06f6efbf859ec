import type { Socket } from 'node:net';

/** Bytes that go on at once, or a time in ms for which nothing goes on. */
type Step = Buffer | number;

/** One direction of a connection: what comes goes on in its order, unless it is held up. */
export class Pipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #steps: Step[] = [];
  #shut = false;
  #waiting = false;

  constructor(from: Socket, to: Socket) {
    this.#from = from;
    this.#to = to;
    to.on('drain', () => {
      this.#goOn();
    });
  }

  get shut(): boolean {
    return this.#shut;
  }

  write(bytes: Buffer): void {
    this.#steps.push(bytes);
    this.#goOn();
  }

  /** What comes after is so much later. */
  wait(ms: number): void {
    this.#steps.push(ms);
  }

  /**
   * From now on nothing goes through, and nothing is read either: the sender's own buffers fill, as
   * on a dead wire.
   */
  shutOff(): void {
    this.#shut = true;
    this.#from.pause();
  }

  /** What was held up goes on, as TCP would send it again. */
  open(): void {
    this.#shut = false;
    this.#goOn();
  }

  /** Writes what may go; reads on where nothing is held up. */
  #goOn(): void {
    while (!this.#shut && !this.#waiting && !this.#to.writableNeedDrain) {
      const step = this.#steps.shift();
      if (step === undefined) {
        this.#from.resume();
        return;
      }
      if (typeof step === 'number') this.#sleep(step);
      else if (this.#to.writable) this.#to.write(step);
    }
    this.#from.pause();
  }

  #sleep(ms: number): void {
    this.#waiting = true;
    setTimeout(() => {
      this.#waiting = false;
      this.#goOn();
    }, ms).unref();
  }
}
