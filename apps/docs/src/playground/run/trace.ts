import {
  changeStepsIn,
  comparisonsOf,
  type MetricRecord,
  type RunManifest,
  STEP_LOSS,
  settingsIn,
} from "@eoss/run";
import type { TrainingSettings } from "@eoss/sgd";
import { type ComparedWith, errorOf } from "@eoss/sharpness";
import { short } from "../ui/dom.js";
import { DrawnClouds, DrawnLine, type DrawnMean, DrawnMeans } from "./drawn.js";

/** A measured number of one step. */
export interface TracePoint {
  readonly step: number;
  readonly value: number;
  /** Half the width of its 95 % interval and the numerical bound together: what stands behind ±. */
  readonly error: number;
}

/** At most so many single batches of a measurement are drawn. */
const MOST_DOTS = 24;

/** The top eigenvalues of the whole loss at a step, descending. */
export interface SpectrumPoint {
  readonly step: number;
  readonly values: readonly number[];
}

/** The records of a run as what is drawn: a line for each quantity, of about a thousand points at most. */
export class Trace {
  /** Loss of the training batch at each step. */
  readonly stepLoss: TracePoint[] = [];
  readonly #lines = new Map<string, DrawnLine<TracePoint>>();
  readonly #stepLossMeans = new DrawnMeans();
  readonly #dots = new DrawnClouds<TracePoint>();
  // By the top eigenvalue: the others have their points where it is lowest and highest.
  readonly #spectrum = new DrawnLine<SpectrumPoint>(({ values }) => values[0] ?? Number.NaN);
  #compare!: ReturnType<typeof comparisonsOf>;
  #settingsAt!: (step: number) => TrainingSettings;
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
    this.#compare = comparisonsOf(manifest);
    this.#settingsAt = settingsIn(manifest);
  }

  add(records: readonly MetricRecord[]): void {
    for (const record of records) this.#addOne(record);
  }

  /** The points of a quantity that are drawn; none where it is not measured. */
  points(quantity: string): readonly TracePoint[] {
    return this.#lines.get(quantity)?.points ?? [];
  }

  /** MiniBS of single batches: those of some measurements, where there are many. */
  get dots(): readonly TracePoint[] {
    return this.#dots.points;
  }

  get spectrum(): readonly SpectrumPoint[] {
    return this.#spectrum.points;
  }

  /** The loss of training batches in means over some steps. */
  get stepLossMeans(): readonly DrawnMean[] {
    return this.#stepLossMeans.points;
  }

  /** Whether any quantity was measured. */
  get measured(): boolean {
    return this.#lines.size > 0;
  }

  /** The last measured number of a quantity. */
  latest(quantity: string): TracePoint | undefined {
    return this.#lines.get(quantity)?.last;
  }

  /** The last step that is known of. */
  get lastStep(): number {
    const measured = [...this.#lines.values()].map(({ last }) => last?.step ?? 0);
    return Math.max(this.stepLoss.at(-1)?.step ?? 0, ...measured);
  }

  /** What a quantity is compared with at a step, by default a sharpness of the whole loss. */
  comparison(step: number, quantity = "fullbs"): ComparedWith {
    return this.#compare({ quantity }, step);
  }

  /** What holds at a step. */
  settings(step: number): TrainingSettings {
    return this.#settingsAt(step);
  }

  /** Where η, b, the optimizer or the noise has changed so far, and how: "η 0.1 → 0.2". */
  changes(): { readonly step: number; readonly text: string }[] {
    const { lastStep } = this;
    return changeStepsIn(this.#manifest)
      .steps.filter((step) => step > 0 && step <= lastStep)
      .map((step) => ({
        step,
        text: changeText(this.#settingsAt(step - 1), this.#settingsAt(step)),
      }));
  }

  #addOne(record: MetricRecord) {
    const { step, quantity, value, batches, parts } = record;
    const error = errorOf(record) ?? 0;
    const point: TracePoint = { step, value: value ?? Number.NaN, error };
    if (quantity === STEP_LOSS) {
      this.stepLoss.push(point);
      this.#stepLossMeans.add(point);
      return;
    }
    const line = this.#lines.get(quantity) ?? new DrawnLine(({ value }: TracePoint) => value);
    line.add(point);
    this.#lines.set(quantity, line);
    if (quantity === "minibs" && batches) this.#addDots(step, batches);
    if (quantity === "fullbs") {
      const values = parts?.eigenvalues?.value ?? [point.value];
      this.#spectrum.add({ step, values: [values].flat() });
    }
  }

  /** Those of the first batches drawn: a fair sample, since they were drawn at random. */
  #addDots(step: number, batches: readonly number[]): void {
    const some = batches.slice(0, MOST_DOTS);
    this.#dots.add(some.map((value) => ({ step, value, error: 0 })));
  }
}

function changeText(before: TrainingSettings, after: TrainingSettings): string {
  const parts = (settings: TrainingSettings) => ({
    η: short(settings.learningRate),
    b: short(settings.batchSize),
    optimizer: settings.optimizer.name,
    noise: settings.noise ?? "none",
  });
  const [old, now] = [parts(before), parts(after)];
  const names = Object.keys(old) as (keyof typeof old)[];
  return names
    .filter((name) => old[name] !== now[name])
    .map((name) => `${name} ${old[name]} → ${now[name]}`)
    .join(", ");
}
