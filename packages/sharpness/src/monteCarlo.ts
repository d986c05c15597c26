/** Running mean and standard error of independent values (Welford). */
export class MonteCarlo {
  readonly values: number[] = [];
  #mean = 0;
  #squares = 0;

  add(value: number): void {
    this.values.push(value);
    const delta = value - this.#mean;
    this.#mean += delta / this.values.length;
    this.#squares += delta * (value - this.#mean);
  }

  get mean(): number {
    return this.values.length > 0 ? this.#mean : Number.NaN;
  }

  /** s/√m with the sample deviation s; infinite for fewer than two values. */
  get standardError(): number {
    const m = this.values.length;
    return m > 1 ? Math.sqrt(this.#squares / (m * (m - 1))) : Number.POSITIVE_INFINITY;
  }
}
