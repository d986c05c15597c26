import type { Problem } from "../loss/engine.js";
import { matrixOf } from "../registry/comparedWith.js";
import { QuantityContractError } from "../registry/define.js";
import type {
  BatchQuantity,
  Measurement,
  MeasurementStatus,
  Part,
  Parts,
  Reading,
} from "../registry/quantity.js";
import { formOf } from "../registry/reading.js";
import { type ErrorKind, weakestKind } from "../search/errorKind.js";
import { MonteCarlo } from "../statistics/monteCarlo.js";
import { isDivisor, ratioOfMeans } from "../statistics/ratioOfMeans.js";

/** What a quantity says of one batch, and how long it took. */
export interface BatchReading extends Reading {
  readonly seconds: number;
}

/** A batch quantity on its way: what its batches have given and cost so far. */
export class Accumulator {
  readonly #values: number[] = [];
  readonly #denominators: number[] = [];
  /** Errors that are not known of each batch are not known of the mean. */
  readonly #errorBounds = new MonteCarlo();
  readonly #scales = new MonteCarlo();
  readonly #parts = new Map<string, PartAccumulator>();
  #estimate = new MonteCarlo();
  #products = 0;
  #seconds = 0;
  #unresolved = false;
  #errorKind: ErrorKind | undefined;
  #form: string | undefined;

  constructor(readonly quantity: BatchQuantity) {}

  /** @throws QuantityContractError for a reading with other numbers than those before it */
  add(reading: BatchReading): void {
    const { value, denominator, errorBound = Number.NaN, products, status, parts = {} } = reading;
    if (status !== "not-finite") this.#checkForm(formOf(reading));
    this.#addValue(value, denominator);
    if (reading.scale !== undefined) this.#scales.add(reading.scale);
    this.#errorBounds.add(errorBound);
    this.#errorKind = weakestKind(this.#errorKind, reading.errorKind);
    for (const [name, part] of Object.entries(parts)) {
      const accumulator = this.#parts.get(name) ?? new PartAccumulator();
      this.#parts.set(name, accumulator);
      accumulator.add(part);
    }
    this.#products += products;
    if (status === "budget-spent") this.#unresolved = true;
    this.#seconds += reading.seconds;
  }

  done(tolerance: number): boolean {
    if (!isDivisor(this.#denominators)) return false;
    const scale = this.#scales.values.length > 0 ? Math.abs(this.#scales.mean) : undefined;
    return this.#estimate.done(tolerance, scale);
  }

  result(
    { batchSize, samples }: Pick<Problem, "batchSize" | "samples">,
    tolerance: number,
  ): Measurement {
    const { standardError, margin } = this.#estimate;
    const mean = isDivisor(this.#denominators) ? this.#estimate.mean : Number.NaN;
    const whole = batchSize === samples;
    const enough = !this.#unresolved && (whole || this.done(tolerance));
    const seen = this.quantity.needs.includes("full-batch") ? samples : 0;
    return {
      quantity: this.quantity.name,
      value: mean,
      unit: this.quantity.unit,
      matrix: matrixOf(this.quantity),
      over: "batches",
      standardError: whole ? 0 : standardError,
      margin: whole ? 0 : margin,
      ...this.#errorBound(),
      ...(this.#errorKind && { errorKind: this.#errorKind }),
      samples: this.#values.length * batchSize + seen,
      products: this.#products,
      seconds: this.#seconds,
      status: statusOf(mean, enough ? "converged" : "budget-spent"),
      batches: this.#batchValues(),
      ...(this.#parts.size > 0 && { parts: this.#partsResult(whole) }),
    };
  }

  #errorBound(): Pick<Measurement, "errorBound"> {
    const errorBound = this.#errorBounds.mean / this.#meanDenominator();
    return Number.isNaN(errorBound) ? {} : { errorBound };
  }

  #checkForm(form: string): void {
    this.#form ??= form;
    if (form === this.#form) return;
    const batch = this.#values.length + 1;
    throw new QuantityContractError(
      `\`sample\` of the quantity ${this.quantity.name} must give the same numbers of each batch: beside the ` +
        `value it gave ${cut(this.#form)} of the batches before, and ${cut(form)} of batch ${batch}`,
    );
  }

  #addValue(value: number, denominator: number | undefined): void {
    this.#values.push(value);
    if (denominator === undefined) {
      this.#estimate.add(value);
      return;
    }
    this.#denominators.push(denominator);
    this.#estimate = ratioOfMeans(this.#values, this.#denominators);
  }

  /** Of a ratio of means, the ratio that each batch has by itself. */
  #batchValues(): readonly number[] {
    const below = this.#denominators;
    return below.length === 0 ? this.#values : this.#values.map((x, k) => x / below[k]!);
  }

  #meanDenominator(): number {
    const below = this.#denominators;
    return below.length === 0 ? 1 : below.reduce((sum, y) => sum + y, 0) / below.length;
  }

  #partsResult(whole: boolean): Parts {
    return Object.fromEntries([...this.#parts].map(([name, part]) => [name, part.result(whole)]));
  }
}

/** The mean of a part, number by number. */
class PartAccumulator {
  readonly #values: MonteCarlo[] = [];
  readonly #errorBounds: MonteCarlo[] = [];
  #isList = false;

  add({ value, errorBound }: Part): void {
    this.#isList = typeof value !== "number";
    for (const [index, x] of [value].flat().entries())
      (this.#values[index] ??= new MonteCarlo()).add(x);
    const bounds = [errorBound ?? [value].flat().map(() => Number.NaN)].flat();
    for (const [index, x] of bounds.entries()) {
      (this.#errorBounds[index] ??= new MonteCarlo()).add(x);
    }
  }

  result(whole: boolean): Part {
    const shaped = (numbers: number[]) => (this.#isList ? numbers : numbers[0]!);
    return {
      value: shaped(this.#values.map(({ mean }) => mean)),
      standardError: shaped(this.#values.map(({ standardError }) => (whole ? 0 : standardError))),
      margin: shaped(this.#values.map(({ margin }) => (whole ? 0 : margin))),
      ...(this.#errorBounds.some(({ mean }) => !Number.isNaN(mean)) && {
        errorBound: shaped(this.#errorBounds.map(({ mean }) => mean)),
      }),
    };
  }
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** A value that is not finite is never given as anything else. */
export function statusOf(value: number, status: MeasurementStatus): MeasurementStatus {
  return Number.isFinite(value) ? status : "not-finite";
}
