import {
  hasPreconditioner,
  type MetricRecord,
  type RunManifest,
  thresholdOf,
} from "@eoss/lab/browser";
import { resolvePlateaus, settingsAt, type TrainingPlan } from "@eoss/sgd";
import { errorOf } from "@eoss/sharpness";

/** A measured number of one step. */
export interface Point {
  readonly step: number;
  readonly value: number;
  /** Half the width of its 95 % interval and the numerical bound together: what stands behind ±. */
  readonly error: number;
}

/** At most so many single batches of a measurement are drawn. */
const MOST_DOTS = 24;

/** The records of a run as what is drawn: a series for each quantity. */
export class Trace {
  readonly series = new Map<string, Point[]>();
  /** MiniBS of single batches. */
  readonly dots: Point[] = [];
  /** Loss of the training batch at each step. */
  readonly stepLoss: Point[] = [];
  /** The top eigenvalues of the whole loss, descending. */
  readonly spectrum: { readonly step: number; readonly values: readonly number[] }[] = [];
  #plan!: TrainingPlan;
  #manifest!: RunManifest;

  constructor(
    readonly label: string,
    manifest: RunManifest,
    records: readonly MetricRecord[] = [],
  ) {
    this.adopt(manifest);
    this.add(records);
  }

  get manifest(): RunManifest {
    return this.#manifest;
  }

  /** The run has another manifest: settings were changed, or it ended. */
  adopt(manifest: RunManifest): void {
    this.#manifest = manifest;
    this.#plan = resolvePlateaus(
      manifest.plan,
      manifest.plateaus.map(({ step }) => step),
    );
  }

  add(records: readonly MetricRecord[]): void {
    for (const record of records) this.#addOne(record);
  }

  /** The last measured number of a quantity. */
  latest(quantity: string): Point | undefined {
    return this.series.get(quantity)?.at(-1);
  }

  /** The last step that is known of. */
  get lastStep(): number {
    const measured = [...this.series.values()].map((points) => points.at(-1)?.step ?? 0);
    return Math.max(this.stepLoss.at(-1)?.step ?? 0, ...measured);
  }

  /** 2/η, or what the optimizer has instead; NaN where the sharpness of H compares with none. */
  threshold(step: number): number {
    return hasPreconditioner(settingsAt(this.#plan, step))
      ? Number.NaN
      : thresholdOf(this.#plan, step);
  }

  learningRate(step: number): number {
    return settingsAt(this.#plan, step).learningRate;
  }

  #addOne({ step, quantity, value, batches, parts, ...uncertainty }: MetricRecord) {
    const error = errorOf(uncertainty) ?? 0;
    const point: Point = { step, value: value ?? Number.NaN, error };
    if (quantity === "step-loss") {
      this.stepLoss.push(point);
      return;
    }
    const points = this.series.get(quantity) ?? [];
    // A step that was measured again, after a resume, counts once.
    if (points.at(-1)?.step === step) points.pop();
    points.push(point);
    this.series.set(quantity, points);
    if (quantity === "minibs" && batches) this.#addDots(step, batches);
    if (quantity === "fullbs") {
      const values = parts?.eigenvalues?.value ?? [point.value];
      this.spectrum.push({ step, values: [values].flat() });
    }
  }

  /** Those of the first batches drawn: a fair sample, since they were drawn at random. */
  #addDots(step: number, batches: readonly number[]): void {
    for (const value of batches.slice(0, MOST_DOTS)) this.dots.push({ step, value, error: 0 });
  }
}
