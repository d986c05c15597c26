import { thresholdText } from "@eoss/run";
import { LossChart } from "../charts/lossChart.js";
import { type PlanePoints, PlaneView } from "../charts/plane.js";
import {
  type ChartUnit,
  SHARPNESSES,
  SharpnessChart,
  thresholdLabel,
} from "../charts/sharpnessChart.js";
import { SliceChart } from "../charts/sliceChart.js";
import { SPECTRUM_COLOURS, SpectrumChart } from "../charts/spectrumChart.js";
import { dashOf } from "../charts/traceLook.js";
import type { LiveRun } from "../run/liveRun.js";
import type { Trace } from "../run/trace.js";
import { choice, element, short } from "../ui/dom.js";
import { ChartFigure } from "./figures.js";

/** What the charts draw. */
export interface Picture {
  readonly traces: readonly Trace[];
  readonly views: LiveRun["views"];
  /** Points of the plane, where the data are that. */
  readonly plane: PlanePoints | undefined;
}

/** All charts of the page. */
export class Charts {
  readonly node: HTMLElement;
  /** The canvas that points are drawn on. */
  readonly plane: PlaneView;
  readonly #sharpness = new ChartFigure("Sharpness", [], "wide");
  readonly #loss = new ChartFigure("Loss (log scale)");
  readonly #spectrum = new ChartFigure("Top eigenvalues of the whole loss");
  readonly #slice = new ChartFigure("Loss along the top eigenvector", [
    { text: "loss", colour: "fullbs" },
    { text: "parabola of λ", colour: "muted", dash: true },
  ]);
  readonly #plane = new ChartFigure("Decision in the plane", [
    { text: "class 0 (circles)", colour: "minibs" },
    { text: "class 1 (squares)", colour: "fullbs" },
  ]);
  readonly #charts;
  #unit: ChartUnit = "threshold";
  #log = false;
  #picture: Picture = { traces: [], views: undefined, plane: undefined };

  /** @param redraw asks for a frame */
  constructor(redraw: () => void) {
    const unit = choice(
      "in units of",
      [
        ["threshold", "the threshold"],
        ["absolute", "the loss per parameter²"],
      ],
      (value) => {
        this.#unit = value as ChartUnit;
        redraw();
      },
    );
    const axis = choice(
      "axis",
      [
        ["linear", "linear"],
        ["log", "logarithmic"],
      ],
      (value) => {
        this.#log = value === "log";
        redraw();
      },
    );
    this.#sharpness.node.querySelector("figcaption")!.append(unit.field, axis.field);
    const canvas = element("canvas");
    this.#plane.place.append(canvas);
    this.plane = new PlaneView(canvas);
    this.#charts = {
      sharpness: new SharpnessChart(this.#sharpness.place),
      loss: new LossChart(this.#loss.place),
      spectrum: new SpectrumChart(this.#spectrum.place),
      slice: new SliceChart(this.#slice.place),
    };
    const figures = [this.#sharpness, this.#plane, this.#loss, this.#slice, this.#spectrum];
    this.node = element("div", { class: "charts" }, ...figures.map(({ node }) => node));
    this.recolour();
  }

  show(picture: Picture): void {
    this.#picture = picture;
    const { traces, views, plane } = picture;
    // Without a threshold there is nothing to be in units of.
    const compares = traces.some((trace) =>
      Number.isFinite(trace.comparison(trace.lastStep).value),
    );
    const unit = compares ? this.#unit : "absolute";
    this.#charts.sharpness.update(traces, unit, this.#log);
    this.#charts.loss.update(traces);
    this.#charts.spectrum.update(traces, unit);
    this.#slice.node.hidden = views?.slice === undefined;
    if (views?.slice) this.#charts.slice.update(views.slice);
    this.#plane.node.hidden = plane === undefined;
    if (plane) this.plane.update(plane, views?.decision);
    this.#setLegends();
    this.#describe();
  }

  /** The theme has changed. */
  recolour(): void {
    for (const chart of Object.values(this.#charts)) chart.redraw();
    this.show(this.#picture);
  }

  dispose(): void {
    for (const chart of Object.values(this.#charts)) chart.dispose();
  }

  #setLegends(): void {
    const { traces } = this.#picture;
    // Colours say what is measured, dashes whose it is.
    const runs =
      traces.length < 2
        ? []
        : traces.map(({ label }, index) => ({
            text: label,
            colour: "muted" as const,
            pattern: dashOf(index) ?? [],
          }));
    this.#sharpness.setLegend([
      ...SHARPNESSES.map(({ text, colour }) => ({ text, colour })),
      { text: thresholdLabel(traces), colour: "ink", dash: true },
      ...runs,
    ]);
    const count = this.#picture.traces[0]?.spectrum.at(-1)?.values.length ?? 0;
    this.#spectrum.setLegend(
      Array.from({ length: count }, (_, k) => ({
        text: `λ${k + 1}`,
        colour: SPECTRUM_COLOURS[k % SPECTRUM_COLOURS.length]!,
      })),
    );
    this.#loss.setLegend([
      { text: "all samples", colour: "fork6" },
      { text: "training batches", colour: "muted" },
      ...(traces.length > 1 ? [{ text: "all samples, other runs", colour: "fork4" as const }] : []),
      ...runs,
    ]);
  }

  #describe(): void {
    const { traces } = this.#picture;
    const texts = traces.map((trace) => {
      const numbers = SHARPNESSES.map(({ quantity, text }) => {
        const point = trace.latest(quantity);
        return `${text} ${point ? short(point.value) : "not measured"}`;
      });
      const { lastStep } = trace;
      return `${trace.label}, step ${lastStep}: ${numbers.join(", ")}, ${thresholdText(trace.comparison(lastStep))}`;
    });
    this.#sharpness.describe(`Sharpness against steps. ${texts.join(". ")}`);
    const losses = traces.map(
      (trace) => `${trace.label}: ${short(trace.latest("loss")?.value ?? Number.NaN)}`,
    );
    this.#loss.describe(`Loss against steps. ${losses.join(", ")}`);
  }
}
