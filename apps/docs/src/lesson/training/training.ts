import "uplot/dist/uPlot.min.css";
import { Frames } from "../../playground/charts/frames.js";
import { onThemeChange } from "../../playground/charts/theme.js";
import type { Trace } from "../../playground/run/trace.js";
import type { Changes } from "../../playground/state/changes.js";
import { button, element, setText } from "../../playground/ui/dom.js";
import { lessMotion } from "../ui/motion.js";
import { Sentence } from "../ui/sentence.js";
import { Lockstep, type NamedState } from "./lockstep.js";

/** What draws the runs of a figure. */
export interface RunsPicture {
  readonly node: HTMLElement;
  update(traces: readonly Trace[]): void;
  /** With the colours of the present theme. */
  redraw(): void;
  dispose(): void;
}

export interface TrainingOptions {
  readonly runs: readonly NamedState[];
  readonly picture: RunsPicture;
  /** What is seen at the last measurement, in words. */
  readonly words: (traces: readonly Trace[]) => string;
  /** What the reader can change while the runs go on. */
  readonly changes?: readonly {
    readonly text: string;
    readonly of: (trace: Trace) => Changes;
  }[];
}

/** A figure of runs that train in the page when the reader asks for it: their picture, buttons and words. */
export class Training {
  readonly #frames = new Frames(() => this.#draw());
  readonly #train = button("Train", () => this.#toggle());
  readonly #step = button("To the next measurement", () => this.#started().step());
  readonly #again = button("Start again", () => this.#reset());
  readonly #changes: readonly HTMLButtonElement[];
  readonly #note = element("p", { class: "note", attributes: { role: "status" } });
  readonly #sentence = new Sentence();
  readonly #watcher: IntersectionObserver;
  readonly #forgetTheme: () => void;
  #lockstep: Lockstep | undefined;

  constructor(
    root: HTMLElement,
    readonly options: TrainingOptions,
  ) {
    const { picture, changes = [] } = options;
    this.#changes = changes.map(({ text, of }) =>
      button(text, () => {
        const [trace] = this.#lockstep?.traces ?? [];
        if (trace) this.#lockstep?.change(of(trace));
      }),
    );
    const buttons = [this.#train, ...this.#changes, this.#step, this.#again];
    root.replaceChildren(
      picture.node,
      element("div", { class: "buttons" }, ...buttons),
      this.#note,
      this.#sentence.node,
    );
    this.#watcher = new IntersectionObserver(([entry]) =>
      this.#lockstep?.hold(!entry!.isIntersecting),
    );
    this.#watcher.observe(root);
    this.#forgetTheme = onThemeChange(() => picture.redraw());
    this.#draw();
  }

  dispose(): void {
    this.#frames.stop();
    this.#watcher.disconnect();
    this.#forgetTheme();
    this.#sentence.dispose();
    this.#lockstep?.dispose();
    this.options.picture.dispose();
  }

  /** The workers begin when they are needed. */
  #started(): Lockstep {
    this.#lockstep ??= new Lockstep(this.options.runs, () => this.#frames.ask());
    return this.#lockstep;
  }

  #toggle(): void {
    const lockstep = this.#started();
    if (lockstep.playing) lockstep.pause();
    else lockstep.play();
  }

  #reset(): void {
    this.#lockstep?.dispose();
    this.#lockstep = undefined;
    this.#draw();
  }

  #draw(): void {
    const { picture, words } = this.options;
    const { traces = [], playing = false, ended = false, loading, note } = this.#lockstep ?? {};
    // Those who want less motion see a picture at rest.
    if (!(playing && lessMotion())) picture.update(traces);
    setText(this.#train, playing ? "Pause" : "Train");
    this.#train.disabled = this.#step.disabled = ended;
    this.#again.disabled = this.#lockstep === undefined;
    for (const change of this.#changes) change.disabled = traces.length === 0 || ended;
    setText(this.#note, note ?? (loading ? "The networks are being loaded." : ""));
    const measured = traces.length > 0 && traces.every((trace) => trace.measured);
    this.#sentence.say(measured ? words(traces) : "Nothing has been trained yet.");
  }
}
