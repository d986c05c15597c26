import "uplot/dist/uPlot.min.css";
import "./live.css";
import { thresholdText } from "@eoss/run";
import { Frames } from "../playground/charts/frames.js";
import { SHARPNESSES, SharpnessChart } from "../playground/charts/sharpnessChart.js";
import { onThemeChange } from "../playground/charts/theme.js";
import { LiveRun } from "../playground/run/liveRun.js";
import { presets } from "../playground/state/presets.js";
import type { PlaygroundState } from "../playground/state/state.js";
import { encodeState } from "../playground/state/url.js";
import { button, element, setText, short } from "../playground/ui/dom.js";

/** Batches of 16 on the digits, as in the playground, without its twin. */
function initialState(): PlaygroundState {
  const { state } = presets.find(({ name }) => name === "batches")!;
  return { settings: { ...state.settings, steps: 6000 }, points: [], backend: "wasm" };
}

/**
 * A run in the page, begun at once, with its sharpness drawn while it goes on.
 *
 * @param playground address of the page that takes the run over
 * @returns what ends it and takes it away
 */
export function mount(root: HTMLElement, playground: string): () => void {
  const figure = new LiveFigure(root, playground);
  return () => figure.dispose();
}

class LiveFigure {
  readonly #frames = new Frames(() => this.#draw());
  readonly #chart: SharpnessChart;
  readonly #run: LiveRun;
  readonly #pause = button("Pause", () => this.#toggle());
  readonly #note = element("p", { class: "note", attributes: { role: "status" } });
  readonly #step = element("span", { class: "step" });
  readonly #link = element("a", { textContent: "Open this run in the playground" });
  readonly #forgetTheme: () => void;
  #state = initialState();
  #rate = Number(this.#state.settings.lr);

  constructor(
    root: HTMLElement,
    readonly playground: string,
  ) {
    const place = element("div", {
      attributes: { role: "img", "aria-label": "MiniBS, batch sharpness and FullBS against steps" },
    });
    const controls = element(
      "div",
      { class: "controls" },
      this.#pause,
      button("Double η", () => this.#setRate(2 * this.#rate)),
      button("Halve η", () => this.#setRate(this.#rate / 2)),
      this.#step,
    );
    root.replaceChildren(legend(), place, controls, this.#note, this.#link);
    this.#chart = new SharpnessChart(place);
    this.#run = new LiveRun("run", this.#state, {
      onChange: () => this.#frames.ask(),
      onState: (state) => {
        this.#state = state;
        this.#linkTo();
      },
      onForking: () => {},
      onSnapshot: () => {},
    });
    this.#forgetTheme = onThemeChange(() => this.#chart.redraw());
    this.#linkTo();
    this.#run.run();
    this.#pause.focus();
  }

  dispose(): void {
    this.#frames.stop();
    this.#forgetTheme();
    this.#run.dispose();
    this.#chart.dispose();
  }

  #toggle(): void {
    if (this.#run.status === "running") this.#run.pause();
    else this.#run.run();
  }

  #setRate(rate: number): void {
    this.#rate = rate;
    this.#run.change({ lr: String(rate) });
  }

  #linkTo(): void {
    this.#link.href = `${this.playground}#${encodeState(this.#state)}`;
  }

  #draw(): void {
    const { status, step, trace, note } = this.#run;
    if (trace) this.#chart.update([trace], "absolute");
    setText(this.#pause, status === "running" || status === "loading" ? "Pause" : "Go on");
    this.#pause.disabled = status === "ended" || status === "failed";
    const threshold = trace ? `, ${thresholdText(trace.comparison(step))}` : "";
    const rate = `η = ${short(this.#rate)}${threshold}`;
    setText(this.#step, status === "loading" ? "loading …" : `step ${step} · ${rate}`);
    setText(this.#note, note ?? "");
  }
}

function legend(): HTMLElement {
  const entries = SHARPNESSES.map(({ text, colour }) => {
    const sample = element("span", { attributes: { style: `background: var(--eoss-${colour})` } });
    return element("li", {}, sample, text);
  });
  const threshold = element("span", { class: "dotted" });
  return element("ul", { class: "legend" }, ...entries, element("li", {}, threshold, "2/η"));
}
