import type { TrainingSettings } from "@eoss/sgd";
import {
  type ComparedWith,
  type ErrorKind,
  type Plateau,
  plateau,
  type SeriesPoint,
  type Unit,
} from "@eoss/sharpness";
import { weakestKind } from "@eoss/sharpness/internal";
import { isOver } from "../formats/ends.js";
import type { RunManifest } from "../formats/manifestSchema.js";
import { STEP_LOSS } from "../formats/names.js";
import type { Run } from "../formats/parse.js";
import type { MetricRecord } from "../formats/recordSchema.js";
import { comparisonsOf, type NamedQuantity } from "./comparison.js";
import { settingsIn } from "./inForce.js";
import { once, onceEach } from "./once.js";
import { type Change, changesIn, type Regime } from "./regimes.js";
import { batchesOf, inOrder, partsOf, seriesOf, withoutOddEnds } from "./series.js";
import { describedIn, unitOf } from "./unit.js";

/**
 * A run with what its records and its manifest say: how far it went, where it changed, what each number
 * is compared with, where a quantity settled. Each question is answered when it is first asked, and
 * once. The run does not change meanwhile: one that grows is opened anew.
 *
 * Steps are numbers of updates made. Names of quantities that were not measured have empty series and
 * no plateaus.
 */
export class OpenedRun implements Run {
  readonly directory: string;
  readonly path?: string;
  readonly parentPath?: string;
  readonly manifest: RunManifest;
  readonly records: readonly MetricRecord[];
  readonly truncated: boolean;

  /** See `openRun`. */
  constructor({ directory, path, parentPath, manifest, records, truncated }: Run) {
    this.directory = directory;
    if (path !== undefined) this.path = path;
    if (parentPath !== undefined) this.parentPath = parentPath;
    this.manifest = manifest;
    this.records = records;
    this.truncated = truncated;
  }

  /** Whether it came to its end: it does not go on by itself. Diverging is an end. */
  get isOver(): boolean {
    return isOver(this.manifest);
  }

  /** Whether its loss was not finite, or too large, at last. */
  get diverged(): boolean {
    return this.manifest.end?.reason === "diverged";
  }

  /** The first step: that of the fork, or 0. */
  get firstStep(): number {
    return this.manifest.parent?.step ?? 0;
  }

  /** The last step, also of a run that never came to its end. */
  get lastStep(): number {
    return this.#lastStep();
  }

  /** What changed at once and where, ascending: see `Change`. */
  get changes(): readonly Change[] {
    return this.#changes();
  }

  /** The steps since the last change, or since the first step. */
  get lastRegime(): Regime {
    return this.#lastRegime();
  }

  /** Whether the run changed after its first step. */
  get changed(): boolean {
    return this.lastRegime.from > this.firstStep;
  }

  /** What was measured, in the order of the records; without the losses of single steps. */
  get quantities(): readonly string[] {
    return [...this.#byQuantity().keys()].filter((name) => name !== STEP_LOSS);
  }

  /** η, b, optimizer and noise of the update at a step. */
  settingsAt(step: number): TrainingSettings {
    return this.#settingsAt()(step);
  }

  /** The settings of the last step. */
  get lastSettings(): TrainingSettings {
    return this.settingsAt(this.lastStep);
  }

  /**
   * What a quantity is compared with at a step, see `comparisonsOf`.
   *
   * @param quantity a name, which its records describe, or a record
   */
  comparison(quantity: string | NamedQuantity, step: number): ComparedWith {
    const named = typeof quantity === "string" ? this.#described(quantity) : quantity;
    return this.#compare()(named, step);
  }

  /** What a quantity is compared with at the last step. */
  lastComparison(quantity: string): ComparedWith {
    return this.comparison(quantity, this.lastStep);
  }

  /** The unit of a quantity; undefined if it is not built in and its records do not say it. */
  unitOf(quantity: string): Unit | undefined {
    return unitOf(quantity, this.#recorded(quantity));
  }

  /** Whether values of a quantity are curvatures that bound the step size. */
  isSharpness(quantity: string): boolean {
    return this.unitOf(quantity) === "sharpness";
  }

  /** The records of a quantity by step. A step measured again, after a resume, counts once: last. */
  recordsOf(quantity: string): readonly MetricRecord[] {
    return this.#records(quantity);
  }

  /** What the error bounds of a quantity say: the least that one of its records does. */
  errorKindOf(quantity: string): ErrorKind | undefined {
    return weakestKind(...this.recordsOf(quantity).map(({ errorKind }) => errorKind));
  }

  /** A quantity against steps, in its unit. */
  seriesOf(quantity: string): readonly SeriesPoint[] {
    return this.#series(quantity);
  }

  /** A quantity in units of the threshold of each step; NaN where it does not compare with one. */
  relativeSeriesOf(quantity: string): readonly SeriesPoint[] {
    return this.#relativeSeries(quantity);
  }

  /** The further numbers of a quantity against steps, by name, a series for each place of a list. */
  partsOf(quantity: string): ReadonlyMap<string, readonly (readonly SeriesPoint[])[]> {
    return this.#parts(quantity);
  }

  /**
   * The points of the last regime that statistics may take for points at equal distances: without what was
   * measured off the grid, where the settings changed or where the run diverged.
   */
  regularPoints(series: readonly SeriesPoint[]): readonly SeriesPoint[] {
    const { from, to } = this.lastRegime;
    const points = series.filter(({ step }) => step >= from);
    return withoutOddEnds(points, (step) => step === from || (this.diverged && step === to));
  }

  /** Every single batch behind the means of a quantity. */
  batchesOf(quantity: string): readonly SeriesPoint[] {
    return this.#batches(quantity);
  }

  /** Mean of a quantity over the last quarter of the last regime; null if never measured. */
  plateauOf(quantity: string): Plateau | null {
    return this.#plateau(quantity);
  }

  /** The same in units of the threshold of each step; null where there is none at the last one. */
  relativePlateauOf(quantity: string): Plateau | null {
    return this.#relativePlateau(quantity);
  }

  /** The same in units of the second level that small batches may have; null where there is none. */
  secondPlateauOf(quantity: string): Plateau | null {
    return this.#secondPlateau(quantity);
  }

  readonly #settingsAt = once(() => settingsIn(this.manifest));
  readonly #compare = once(() => comparisonsOf(this.manifest));
  readonly #lastStep = once(() =>
    this.records.reduce(
      (last, { step }) => Math.max(last, step),
      this.manifest.end?.step ?? this.firstStep,
    ),
  );
  readonly #changes = once(() => changesIn(this.manifest, this.#settingsAt(), this.lastStep));
  readonly #lastRegime = once(() => ({
    from: Math.max(this.firstStep, this.changes.at(-1)?.step ?? 0),
    to: this.lastStep,
  }));
  readonly #byQuantity = once(() => byQuantity(this.records));
  readonly #described = onceEach((quantity) => ({
    quantity,
    ...describedIn(quantity, this.#recorded(quantity)),
  }));
  readonly #records = onceEach((quantity) => inOrder(this.#recorded(quantity).records));
  readonly #series = onceEach((quantity) => seriesOf(this.recordsOf(quantity)));
  readonly #relativeSeries = onceEach((quantity) =>
    seriesOf(this.recordsOf(quantity), (step) => this.comparison(quantity, step).value),
  );
  readonly #parts = onceEach((quantity) => partsOf(this.recordsOf(quantity)));
  readonly #batches = onceEach((quantity) => batchesOf(this.recordsOf(quantity)));
  readonly #plateau = onceEach((quantity) => this.#plateauIn(this.seriesOf(quantity)));
  readonly #relativePlateau = onceEach((quantity) => {
    if (Number.isNaN(this.lastComparison(quantity).value)) return null;
    return this.#plateauIn(this.relativeSeriesOf(quantity));
  });
  readonly #secondPlateau = onceEach((quantity) => {
    const second = (step: number) => this.comparison(quantity, step).second?.value ?? Number.NaN;
    if (Number.isNaN(second(this.lastStep))) return null;
    return this.#plateauIn(seriesOf(this.recordsOf(quantity), second));
  });

  #recorded(quantity: string): Pick<Run, "records"> {
    return { records: this.#byQuantity().get(quantity) ?? [] };
  }

  #plateauIn(series: readonly SeriesPoint[]): Plateau | null {
    return series.length > 0 ? plateau(this.regularPoints(series), this.lastRegime) : null;
  }
}

function byQuantity(records: readonly MetricRecord[]): Map<string, MetricRecord[]> {
  const groups = new Map<string, MetricRecord[]>();
  for (const record of records) {
    const group = groups.get(record.quantity);
    if (group === undefined) groups.set(record.quantity, [record]);
    else group.push(record);
  }
  return groups;
}

/** A run opened, see `OpenedRun`; one that is open already stays the same. */
export function openRun(run: Run): OpenedRun {
  return run instanceof OpenedRun ? run : new OpenedRun(run);
}
