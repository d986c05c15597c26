import { closeSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writing } from "@eoss/lab";
import { type MetricRecord, type OpenedRun, openRun, type RunManifest } from "@eoss/run";
import { byStep } from "../byStep.js";
import { lastOfEach } from "../exportedRun.js";
import { startRecord, stepRecord, versionRecord } from "./events.js";
import { valuesOf } from "./values.js";

/**
 * Event files of TensorBoard in the folder of a run while it is made: the numbers of each step, under the
 * names of `exportRuns`, at the time when they are written.
 *
 * Each session of the run writes a file of its own, with the numbers of earlier sessions first. It begins
 * with a mark at which TensorBoard forgets what it read before: no step is there twice, however often the
 * run was killed and resumed. After a kill all steps are readable but the one under way.
 *
 * A file that cannot be written does not end the run: it is said once, and nothing more is written.
 */
export class TensorBoardLog {
  readonly #directory: string;
  readonly #onWarning: (message: string) => void;
  #file: { readonly descriptor: number; readonly path: string } | undefined;
  #run: OpenedRun | undefined;
  #isOver = false;

  /**
   * @param directory folder of the run; the file is made with the first records
   * @param onWarning is told why nothing is written any more
   */
  constructor(directory: string, onWarning: (message: string) => void) {
    this.#directory = directory;
    this.#onWarning = onWarning;
  }

  /** Writes the numbers of steps that are over: `onRecords` of `train`, `resume` and `fork`. */
  readonly add = (records: readonly MetricRecord[], manifest: RunManifest): void => {
    if (this.#isOver) return;
    try {
      if (this.#file === undefined) {
        this.#file = this.#open();
        this.#write(versionRecord(now()), startRecord(now()));
      }
      this.#write(...this.#eventsOf(records, manifest));
    } catch (error) {
      this.close();
      this.#onWarning(
        `${(error as Error).message}; the run goes on without the files of TensorBoard. To write them ` +
          `later: eoss export ${this.#directory} --to tensorboard`,
      );
    }
  };

  /** Nothing is written any more. */
  close(): void {
    this.#isOver = true;
    if (this.#file) closeSync(this.#file.descriptor);
    this.#file = undefined;
  }

  /** TensorBoard reads the files of a folder in the order of their names, which begin with a time. */
  #open() {
    const before = writing(this.#directory, () => readdirSync(this.#directory)).flatMap((name) => {
      const time = /^events\.out\.tfevents\.(\d{10})\./.exec(name)?.[1];
      return time === undefined ? [] : [Number(time)];
    });
    const time = Math.max(Math.floor(now()), ...before.map((one) => one + 1));
    const path = join(this.#directory, `events.out.tfevents.${time}.eoss`);
    // A new file: no link of that name is followed.
    return { path, descriptor: writing(path, () => openSync(path, "ax")) };
  }

  #write(...events: readonly Buffer[]): void {
    const { path, descriptor } = this.#file!;
    writing(path, () => writeFileSync(descriptor, Buffer.concat(events)));
  }

  #eventsOf(records: readonly MetricRecord[], manifest: RunManifest): Buffer[] {
    // What a run compares its numbers with is in its manifest, which seldom changes.
    if (this.#run?.manifest !== manifest) {
      this.#run = openRun({ directory: this.#directory, manifest, records: [], truncated: false });
    }
    const run = this.#run;
    return [...byStep(lastOfEach(records))].map(([step, group]) =>
      stepRecord(now(), step, valuesOf(group, run)),
    );
  }
}

/** In seconds since 1970. */
function now(): number {
  return Date.now() / 1000;
}
