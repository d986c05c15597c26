import { thresholdText } from "@eoss/run";
import { optimizerByName, optimizers, type TrainingSettings } from "@eoss/sgd";
import { comparedWith, quantities } from "@eoss/sharpness";
import type { Changes } from "../state/changes.js";
import { choice, element, labelled, select, setOptions, setText } from "../ui/dom.js";

const SMALLEST = 0.001;
const LARGEST = 10;
/** Places of the slider; η grows by the same factor from one to the next. */
const PLACES = 160;

const OPTIMIZERS = [
  ["sgd", "plain SGD"],
  ["heavy-ball momentum=0.9", "heavy ball, β = 0.9"],
  ["nesterov momentum=0.9", "Nesterov, β = 0.9"],
  ["rmsprop", "RMSProp"],
  ["adam", "Adam"],
] as const;

const NOISES = [
  ["none", "mini-batches (SGD)"],
  ["directional", "directional"],
  ["diagonal covariance=drawn", "diagonal"],
  ["isotropic covariance=drawn", "isotropic"],
] as const;

const OF_THE_RUN = "Change it while it runs";
const OF_THE_NEXT = "Opened runs are shown as they were: this is of the next run of this page";

/** η, b, the optimizer and the noise: what can be changed while a run goes on. */
export class LiveControls {
  readonly node: HTMLElement;
  /** Which run the changes go to. */
  readonly target: HTMLSelectElement;
  readonly #targetField: HTMLElement;
  readonly #rate: HTMLInputElement;
  readonly #slider: HTMLInputElement;
  readonly #batch: HTMLSelectElement;
  readonly #optimizer: HTMLSelectElement;
  readonly #noise: HTMLSelectElement;
  #shown = "";
  /** Whether the slider is being moved: what the run reports meanwhile does not move it back. */
  #held = false;
  /** What is in force, but for η. */
  #settings: (TrainingSettings & { readonly samples: number }) | undefined;
  readonly #title = element("legend", { textContent: OF_THE_RUN });
  readonly #threshold = element("output", { class: "threshold" });

  constructor(apply: (changes: Changes) => void) {
    // What is refused is shown as it was.
    const onChange = (changes: Changes) => {
      this.#shown = "";
      apply(changes);
    };
    this.#rate = element("input", {
      type: "number",
      min: "0",
      step: "any",
      onchange: () => {
        if (this.#rate.checkValidity() && this.#rate.value !== "")
          onChange({ lr: this.#rate.value });
      },
    });
    this.#slider = element("input", {
      type: "range",
      min: "0",
      max: String(PLACES),
      oninput: () => {
        this.#held = true;
        this.#showRate(rateAt(Number(this.#slider.value)));
      },
      // Once, when it is let go: dragging is one change, at one step.
      onchange: () => {
        this.#held = false;
        onChange({ lr: this.#rate.value });
      },
      onpointerup: () => {
        this.#held = false;
      },
      onblur: () => {
        this.#held = false;
      },
    });
    this.#slider.setAttribute("aria-label", "step size η, slider");
    const batch = choice("batch size b", [], (value) => onChange({ batch: value }));
    const optimizer = choice("optimizer", OPTIMIZERS, (value) => onChange({ optimizer: value }));
    const noise = choice("noise", NOISES, (value) => onChange({ noise: value }));
    const target = choice(
      "changes go to",
      [
        ["run", "the run"],
        ["twin", "the twin"],
        ["both", "both"],
      ],
      () => {},
    );
    this.#batch = batch.control;
    this.#optimizer = optimizer.control;
    this.#noise = noise.control;
    this.target = target.control;
    this.#targetField = target.field;
    this.#targetField.hidden = true;
    this.node = element(
      "fieldset",
      { class: "live" },
      this.#title,
      this.#targetField,
      element(
        "div",
        { class: "rate" },
        labelled("step size η", this.#rate),
        this.#slider,
        this.#threshold,
      ),
      batch.field,
      optimizer.field,
      noise.field,
    );
  }

  /** @param samples n, the largest batch */
  show(settings: TrainingSettings, samples: number): void {
    // Only what is new: a reader may be at work on a control.
    const shown = JSON.stringify([settings, samples]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#settings = { ...settings, samples };
    const { learningRate, batchSize, optimizer, noise } = settings;
    if (!this.#held) this.#showRate(learningRate);
    const powers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024].filter((b) => b < samples);
    setOptions(this.#batch, [...powers.map(String), ["full", `all ${samples}`]]);
    select(this.#batch, batchSize === samples ? "full" : String(batchSize));
    const { name, momentum } = optimizer;
    select(
      this.#optimizer,
      momentum === undefined || !(name in optimizers) ? name : `${name} momentum=${momentum}`,
    );
    select(this.#noise, noise ?? "none");
  }

  setTwin(there: boolean): void {
    if (there && this.#targetField.hidden) this.target.value = "twin";
    if (!there) this.target.value = "run";
    this.#targetField.hidden = !there;
  }

  /** Whether the charts show opened runs, which nothing here can change. */
  setOpened(opened: boolean): void {
    setText(this.#title, opened ? OF_THE_NEXT : OF_THE_RUN);
  }

  #showRate(rate: number): void {
    this.#rate.value = String(rate);
    this.#slider.value = String(placeOf(rate));
    this.#showThreshold(rate);
    // The place from 0 to 160 says nothing to who hears it.
    this.#slider.setAttribute("aria-valuetext", `η = ${rate}, ${this.#threshold.value}`);
  }

  /** What a sharpness of the whole loss would be compared with at this η. */
  #showThreshold(learningRate: number): void {
    if (this.#settings === undefined) return;
    const { optimizer, batchSize, samples } = this.#settings;
    const { name, ...options } = optimizer;
    const update = { optimizer: optimizerByName(name), options, learningRate, batchSize, samples };
    const comparison = comparedWith(quantities.fullbs!, update);
    const { formula, words } = comparison;
    this.#threshold.value = formula === undefined ? "no threshold" : thresholdText(comparison);
    this.#threshold.title = words;
  }
}

const rateAt = (place: number) =>
  Number((SMALLEST * (LARGEST / SMALLEST) ** (place / PLACES)).toPrecision(3));
const placeOf = (rate: number) =>
  Math.round((PLACES * Math.log(rate / SMALLEST)) / Math.log(LARGEST / SMALLEST));
