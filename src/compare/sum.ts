/**
 * Sums with the error of each addition kept and added at the end (Neumaier), so that millions of
 * amounts do not lose cents. One sum for each index.
 */
export class Sums {
  #sums: number[] = [];
  #errors: number[] = [];

  add(index: number, value: number): void {
    const sum = this.#sums[index] ?? 0;
    const next = sum + value;
    const lost = Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    this.#sums[index] = next;
    this.#errors[index] = (this.#errors[index] ?? 0) + lost;
  }

  get(index: number): number {
    return (this.#sums[index] ?? 0) + (this.#errors[index] ?? 0);
  }
}
