import {
  callback,
  checkTypedOptions,
  flag,
  list,
  nonNegativeInteger,
  type OptionDomains,
  record,
  withMethods,
} from "@eoss/rng/internal";
import type { Measurement, MeasuringProgress, Quantity } from "@eoss/sharpness";
import { comparisonsOf } from "../analysis/comparison.js";
import type { SeenPlateau } from "../formats/manifestSchema.js";
import { STEP_LOSS } from "../formats/names.js";
import { recordOf, stepLossRecord } from "../formats/record.js";
import type { MetricRecord } from "../formats/recordSchema.js";
import type { TrainConfig } from "../settings/config.js";
import { secondsOf } from "../settings/timeLimit.js";
import { Cadence, shareOf } from "./cadence.js";
import { ChangeSteps } from "./changeSteps.js";
import { hasCollapsed } from "./collapse.js";
import type { CourseEvent, RunEnd } from "./courseEvent.js";
import { handOver } from "./handOver.js";
import {
  measuredNames,
  recordedPlateauRule,
  recordedStopRule,
  regularSteps,
} from "./measuredNames.js";
import { EXECUTOR, type FollowingExecutor, measureNow } from "./measureNow.js";
import {
  interventionAhead,
  lastIntervention,
  PlateauWatch,
  waitsForPlateau,
} from "./plateauWatch.js";
import type { ComparedMeasurement } from "./progress.js";
import { goalReached, type Stop, stops } from "./stopRules.js";
import type { Trainer } from "./trainer.js";

/** A part of a run that is made again, without measuring. */
export interface ReplayedPart {
  /** The step at which it ends, if the loss stays finite. */
  readonly to: number;
  /** The steps at which plateaus were seen. */
  readonly plateaus: readonly number[];
}

/** What a course needs beside its trainer. What earlier sessions left is empty for a new run. */
export interface CourseOptions {
  /** Awaited between steps and between products; if it rejects with an AbortError, the run is `interrupted`. */
  readonly pause?: (() => Promise<void>) | undefined;
  /** Is told, within a measurement, what is looked at. */
  readonly onMeasuring?: ((progress: MeasuringProgress) => void) | undefined;
  /** Looks at batches; without, they are looked at here. */
  readonly pool?: FollowingExecutor | undefined;
  /** Vectors that earlier measurements keep to start from. */
  readonly memory?: ReadonlyMap<string, Float32Array> | undefined;
  /** The run's first step: of a fork, where it leaves its parent; default 0. */
  readonly first?: number | undefined;
  /** The records that earlier sessions made. */
  readonly before?: readonly MetricRecord[] | undefined;
  /** Whether an earlier session measured at a step that is reached again; undefined if it was not there. */
  readonly measuredBefore?: ((step: number) => boolean | undefined) | undefined;
  /** The step at which the network was found collapsed. */
  readonly collapsed?: number | undefined;
  /**
   * Whether it measures at changes and at a divergence too, see `Course`; default true. Of a run that an
   * older version began: not.
   */
  readonly measuresChanges?: boolean | undefined;
  /** Only makes steps again. */
  readonly replayed?: ReplayedPart | undefined;
}

const OPTIONS: OptionDomains<CourseOptions> = {
  ...{
    pause: callback,
    onMeasuring: callback,
    pool: EXECUTOR,
    memory: withMethods("a Map", "get", "set"),
  },
  ...{ first: nonNegativeInteger, before: list("of records"), measuredBefore: callback },
  ...{ collapsed: nonNegativeInteger, measuresChanges: flag },
  replayed: record("{ to, plateaus }"),
};

/**
 * The course of a run from where its trainer stands, event by event. At each step it measures, if that is
 * due, looks for the run's goals and for a plateau, and makes one update:
 *
 *   for t = 0, 1, …, T − 1:   measure at θ_t;   θ_{t+1} = θ_t − η_t · update(∇L_B(θ_t))
 *
 * All that it measures is measured besides at each step at which an intervention changes the settings, before the
 * update with the new ones, and at the parameters with which it diverged, as far as there are finite numbers.
 *
 * It computes only what the events tell: whoever iterates writes them down, shows them, or leaves it. What
 * is measured changes nothing of the training. Settings among the inputs of the trainer may change between two
 * events (`Trainer.replan`), and hold from then on.
 *
 * @experimental
 */
export class Course {
  readonly #pause: () => Promise<void>;
  readonly #onMeasuring: CourseOptions["onMeasuring"];
  readonly #pool: FollowingExecutor | undefined;
  readonly #first: number;
  readonly #measuredBefore: (step: number) => boolean | undefined;
  readonly #measuresChanges: boolean;
  readonly #changes = new ChangeSteps();
  readonly #replayed: ReplayedPart | undefined;
  readonly #plateaus: PlateauWatch;
  readonly #stopPlateau: PlateauWatch | undefined;
  readonly #cadence: Cadence;
  readonly #deadline: number;
  #memory: ReadonlyMap<string, Float32Array>;
  #measuredAt: number | undefined;
  #collapsed: number | undefined;
  #end: RunEnd | undefined;

  constructor(
    readonly trainer: Trainer,
    options: CourseOptions = {},
  ) {
    checkTypedOptions("Course", options, OPTIONS);
    const { pause = async () => {}, pool, memory = new Map(), first = 0, before = [] } = options;
    const { measuredBefore = () => undefined, collapsed, replayed } = options;
    const { inputs } = trainer;
    const { every, budget, "time-limit": limit } = inputs.config;
    this.#pause = pause;
    this.#onMeasuring = options.onMeasuring;
    this.#pool = pool;
    this.#first = first;
    this.#measuredBefore = measuredBefore;
    this.#measuresChanges = options.measuresChanges ?? true;
    this.#replayed = replayed;
    this.#memory = memory;
    this.#collapsed = collapsed;
    this.#plateaus = new PlateauWatch(recordedPlateauRule(inputs), before, regularSteps(inputs));
    const stopRule = recordedStopRule(inputs);
    this.#stopPlateau =
      stopRule && new PlateauWatch(stopRule, before, regularSteps(inputs, "stop-plateau"));
    this.#cadence = new Cadence({
      every,
      names: this.#names,
      budget: budget === undefined ? undefined : shareOf(budget),
      last: before.findLast(({ quantity }) => quantity !== STEP_LOSS)?.step,
    });
    this.#deadline = replayed ? Number.POSITIVE_INFINITY : now() + secondsOf(limit);
  }

  /** Vectors that measurements keep to start from, as after the last whole one. */
  get memory(): ReadonlyMap<string, Float32Array> {
    return this.#memory;
  }

  /** The measured step from which on the network has one output for every sample, if it has. */
  get collapsed(): number | undefined {
    return this.#collapsed;
  }

  /** Whether all was measured at the present step. */
  get isMeasured(): boolean {
    return this.#measuredAt === this.#step;
  }

  /** Whether it measures next. With a budget, time decides: what an earlier session decided then counts. */
  get measurementDue(): boolean {
    if (this.isMeasured || this.#replayed) return false;
    if (this.#step === this.#last || this.#changesHere) return true;
    const { budget } = this.#config;
    const before = budget === undefined ? undefined : this.#measuredBefore(this.#step);
    return before ?? this.#cadence.due(this.#step).length > 0;
  }

  /** The quantities that are measured at the present step, if it is one of measuring. */
  #due(): readonly Quantity[] {
    const { config, quantities } = this.trainer.inputs;
    const isPlain = this.#step !== this.#last && !this.#changesHere;
    if (!isPlain || config.budget !== undefined) return quantities;
    const due = this.#cadence.due(this.#step);
    return quantities.filter((_, index) => due.includes(this.#names[index]!));
  }

  /**
   * The events from here to the end. Iterated again after its steps were made, it goes on if there are to
   * be more of them by then; after another end it only says that again.
   *
   * @throws what a measurement or an update throws, but for an AbortError
   */
  async *run(): AsyncGenerator<CourseEvent, void, void> {
    const goesOn = this.#end?.reason === "completed" && this.#step < this.#last;
    if (this.#end === undefined || goesOn) this.#end = yield* this.#toTheEnd();
    yield { kind: "ended", end: this.#end };
  }

  async *#toTheEnd(): AsyncGenerator<CourseEvent, RunEnd, void> {
    try {
      for (;;) {
        if (!this.isMeasured) yield { kind: "reached", step: this.#step };
        await this.#pause();
        if (this.measurementDue) {
          const goal = yield* this.#measure();
          if (goal) return this.#ended(goal);
        }
        if (this.#step >= this.#last) return this.#ended(stops.completed(this.#last));
        if (now() > this.#deadline) return this.#ended(stops.timeLimit(this.#config["time-limit"]));
        const loss = yield* this.#update();
        if (!Number.isFinite(loss)) {
          const { learningRate } = this.trainer.settings;
          return this.#ended(stops.diverged(this.#step, learningRate));
        }
      }
    } catch (error) {
      if ((error as Error).name !== "AbortError") throw error;
      return this.#ended(stops.interrupted(this.#step, this.#last));
    }
  }

  /** Measures at the present step, and gives the goal that is reached with that. */
  async *#measure(): AsyncGenerator<CourseEvent, Stop | undefined, void> {
    const step = this.#step;
    const isLast = step === this.#last;
    const due = this.#due();
    let measured = yield* this.#quantities(due, isLast);
    if (await this.#collapseIsNew()) yield { kind: "collapsed", step };
    const goal = goalReached(this.#config, measured) ?? this.#plateauStop(measured);
    // Of records of one step the last counts: a run ends with all quantities, and certified.
    if (goal && !isLast) measured = yield* this.#completed(measured, due);
    // A plateau that is seen here changes the update of this step.
    const plateau = goal ? undefined : this.#plateauAt(measured);
    if (plateau) {
      const missing = this.#measuresChanges ? this.#without(due) : [];
      if (missing.length > 0) measured.push(...(yield* this.#quantities(missing, isLast)));
      this.trainer.plateauSeen();
      yield { kind: "plateau", plateau };
    }
    yield { kind: "measured-all", step, measured: this.#compared(measured) };
    return goal;
  }

  /** The measurements of a step at which the run ends early, of which some are there. */
  async *#completed(
    measured: Measurement[],
    due: readonly Quantity[],
  ): AsyncGenerator<CourseEvent, Measurement[], void> {
    const { quantities, config } = this.trainer.inputs;
    const isSound = config.certify === "all";
    const missing = isSound ? this.#without(due) : quantities;
    if (missing.length === 0) return measured;
    const more = yield* this.#quantities(missing, true);
    return isSound ? [...measured, ...more] : more;
  }

  /** Of the quantities of the run those that are not among these. */
  #without(measured: readonly Quantity[]): readonly Quantity[] {
    return this.trainer.inputs.quantities.filter((one) => !measured.includes(one));
  }

  /** Of what is not measured yet, the finite numbers at parameters from which no update can be made. */
  async *#measureDiverged(): AsyncGenerator<CourseEvent, void, void> {
    if (!this.#measuresChanges || this.#replayed) return;
    const missing = this.#without(this.isMeasured ? this.#due() : []);
    if (missing.length === 0) return;
    const measured = yield* this.#quantities(missing, false, (value) => Number.isFinite(value));
    yield { kind: "measured-all", step: this.#step, measured: this.#compared(measured) };
  }

  /**
   * @param certifyAll whatever the settings say
   * @param isTold whether a value is told of; what is not is left out
   */
  async *#quantities(
    quantities: readonly Quantity[],
    certifyAll: boolean,
    isTold: (value: number) => boolean = () => true,
  ): AsyncGenerator<CourseEvent, Measurement[], void> {
    const began = now();
    const step = this.#step;
    yield { kind: "measuring", step };
    // On a copy: what is interrupted is measured again from the same start. Records that are there by
    // then come out the same.
    const memory = new Map(this.#memory);
    const measured = yield* handOver<CourseEvent, Measurement[]>((tell, taken) => {
      const pause = async () => {
        await taken();
        await this.#pause();
      };
      return measureNow(this.trainer, memory, pause, {
        quantities,
        pool: this.#pool,
        certifyAll,
        onProgress: this.#onMeasuring,
        onMeasured: (one) => {
          if (isTold(one.value)) tell({ kind: "measured", record: recordOf(step, one) });
        },
      });
    });
    this.#memory = memory;
    this.#measuredAt = step;
    this.#cadence.measured(step, now() - began, this.#thresholdDistance(measured));
    return measured.filter(({ value }) => isTold(value));
  }

  async *#update(): AsyncGenerator<CourseEvent, number, void> {
    const step = this.#step;
    if (this.#replayed?.plateaus.includes(step)) this.trainer.plateauSeen();
    const { plan, settings } = this.trainer;
    if (plan.interventions?.some(({ at }) => at === step))
      yield { kind: "changed", step, settings };
    const began = now();
    const { loss, samples } = await this.trainer.update();
    const seconds = now() - began;
    this.#cadence.trained(seconds);
    if (!Number.isFinite(loss)) yield* this.#measureDiverged();
    yield { kind: "stepped", record: stepLossRecord(step, { loss, samples, seconds }), loss };
    return loss;
  }

  /** |sharpness/threshold − 1| of what is nearest to its threshold; infinite if nothing has one. */
  #thresholdDistance(measured: readonly Measurement[]): number {
    const distances = this.#compared(measured)
      .map(({ value, comparison }) => Math.abs(value / comparison.value - 1))
      .filter((distance) => !Number.isNaN(distance));
    return Math.min(Number.POSITIVE_INFINITY, ...distances);
  }

  #compared(measured: readonly Measurement[]): ComparedMeasurement[] {
    const { plan, inputs } = this.trainer;
    const dataset = { samples: inputs.dataset.samples };
    const compare = comparisonsOf({
      plan,
      plateaus: [],
      config: inputs.config,
      end: null,
      dataset,
    });
    return measured.map((one) => ({ ...one, comparison: compare(one, this.#step) }));
  }

  /** What has collapsed stays so: it is looked for once. */
  async #collapseIsNew(): Promise<boolean> {
    const isKnown = this.#collapsed !== undefined && this.#collapsed <= this.#step;
    if (isKnown || !(await hasCollapsed(this.trainer.problem()))) return false;
    this.#collapsed = this.#step;
    return true;
  }

  #plateauAt(measured: readonly Measurement[]): SeenPlateau | undefined {
    this.#plateaus.add(this.#step, measured);
    const { plan } = this.trainer;
    if (!waitsForPlateau(plan)) return undefined;
    const from = lastIntervention(plan, this.#step, this.#first);
    return this.#plateaus.reachedAt(this.#step, from);
  }

  /** The end at a plateau, if the run has that for a goal and no change of its settings is to come. */
  #plateauStop(measured: readonly Measurement[]): Stop | undefined {
    this.#stopPlateau?.add(this.#step, measured);
    const { plan } = this.trainer;
    if (interventionAhead(plan, this.#step)) return undefined;
    const from = lastIntervention(plan, this.#step, this.#first);
    const seen = this.#stopPlateau?.reachedAt(this.#step, from);
    return seen && stops.plateau(seen);
  }

  #ended({ reason, message }: Stop): RunEnd {
    return { reason, step: this.#step, message };
  }

  get #config(): TrainConfig {
    return this.trainer.inputs.config;
  }

  /** Whether it measures at the present step because the settings change there. */
  get #changesHere(): boolean {
    return this.#measuresChanges && this.#changes.has(this.trainer.plan, this.#step);
  }

  get #step(): number {
    return this.trainer.step;
  }

  /** Of the quantities, as the settings have them. */
  get #names(): readonly string[] {
    const { config, plan } = this.trainer.inputs;
    return measuredNames(config, plan);
  }

  /** The step at which all steps are made. */
  get #last(): number {
    return this.#replayed?.to ?? this.#config.steps;
  }
}

/** In seconds. */
function now(): number {
  return performance.now() / 1000;
}
