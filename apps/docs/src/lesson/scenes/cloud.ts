import { Frames } from "../../playground/charts/frames.js";
import { element, setText } from "../../playground/ui/dom.js";
import type { Cloud, Whole } from "../cloud/cloud.js";
import { BATCH_SIZES, trained } from "../cloud/settings.js";
import type { CloudReport } from "../cloud/worker.js";
import { legend } from "../ui/legend.js";
import { number } from "../ui/numbers.js";
import { Plot, type Point } from "../ui/plot.js";
import { Sentence } from "../ui/sentence.js";
import { Slider } from "../ui/slider.js";

const LAST = 1200;
const BETWEEN = 100;

/** The clouds of λmax of the batches of each size, at one point of a training. */
export function mount(root: HTMLElement): () => void {
  const worker = new Worker(new URL("../cloud/worker.ts", import.meta.url), { type: "module" });
  const frames = new Frames(draw);
  const sentence = new Sentence();
  const note = element("p", { class: "note", attributes: { role: "status" } });
  const place = element("div");
  let step = 400;
  let whole: Whole | undefined;
  let clouds: readonly Cloud[] = [];
  let plot: Plot | undefined;
  const slider = new Slider({
    label: "after steps",
    min: 0,
    max: LAST,
    step: BETWEEN,
    value: step,
    text: String,
    onChange: ask,
  });
  root.replaceChildren(
    legend([
      { text: "λmax of one batch, and their mean", colour: "minibs" },
      { text: "λmax of the whole loss", colour: "fullbs" },
    ]),
    place,
    element("div", { class: "controls" }, slider.node),
    note,
    sentence.node,
  );

  worker.addEventListener("message", ({ data }: MessageEvent<CloudReport>) => {
    if (data.type === "failed") setText(note, data.message);
    else if (data.step === step) take(data);
  });
  worker.addEventListener("error", ({ message }) => {
    setText(note, message || "The figure's worker did not load.");
  });

  function ask(value: number): void {
    step = value;
    whole = undefined;
    clouds = [];
    setText(note, "Training and measuring.");
    worker.postMessage(step);
  }

  function take(report: Exclude<CloudReport, { type: "failed" }>): void {
    if (report.type === "whole") whole = report.whole;
    else clouds = [...clouds, report.cloud];
    if (clouds.length === BATCH_SIZES.length) setText(note, "");
    frames.ask();
  }

  function draw(): void {
    if (whole === undefined) return;
    const most = Math.max(whole.sharpness, ...clouds.flatMap(({ values }) => values));
    plot?.dispose();
    plot = new Plot(axes(whole.samples, most));
    place.replaceChildren(plot.node);
    const [drawn, all] = [plot, whole];
    plot.show(() => shapes(drawn, clouds, all));
    sentence.say(words(step, clouds, whole));
  }

  ask(step);
  return () => {
    worker.terminate();
    frames.stop();
    sentence.dispose();
    plot?.dispose();
  };
}

/** Sizes stand beside each other by powers of four. */
const placeOf = (batchSize: number) => Math.log2(batchSize) / 2;

function axes(samples: number, most: number) {
  const top = 10 * Math.ceil(most / 10);
  const apart = top <= 60 ? 10 : top <= 160 ? 20 : 50;
  const last = Math.ceil(placeOf(samples));
  return {
    label: "The top eigenvalue of the Hessian of each batch, against the size of the batch",
    x: {
      label: "batch size b",
      from: -0.6,
      to: last + 0.3,
      ticks: [...BATCH_SIZES, samples].map(placeOf),
      text: (tick: number) => String(Math.round(4 ** tick)),
    },
    y: {
      label: "λmax",
      from: 0,
      to: top,
      ticks: Array.from({ length: Math.floor(top / apart) + 1 }, (_, k) => k * apart),
    },
  };
}

function shapes(plot: Plot, clouds: readonly Cloud[], whole: Whole): SVGElement[] {
  const level = whole.sharpness;
  const ends: Point[] = [
    [-1, level],
    [placeOf(whole.samples), level],
  ];
  return [
    ...clouds.flatMap(({ batchSize, values, mean }) => {
      const middle = placeOf(batchSize);
      const bar: Point[] = [
        [middle - 0.32, mean],
        [middle + 0.32, mean],
      ];
      return [
        ...values.map((value, k) =>
          plot.dot([middle + 0.25 * scatter(k), value], "minibs", 3, { "fill-opacity": "0.45" }),
        ),
        plot.line(bar, "minibs", { "stroke-width": 4 }),
      ];
    }),
    plot.line(ends, "fullbs", { "stroke-width": 1.5, "stroke-dasharray": "7 5" }),
    plot.dot([placeOf(whole.samples), level], "fullbs", 6),
  ];
}

/** Evenly spread over [−1, 1], and the same at each drawing: multiples of the golden section. */
function scatter(k: number): number {
  return 2 * ((k * 0.618034) % 1) - 1;
}

function words(step: number, clouds: readonly Cloud[], whole: Whole): string {
  const each = clouds.map(({ batchSize, values, mean, margin }) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const times = number(mean / whole.sharpness);
    return (
      `b = ${batchSize}: from ${number(low)} to ${number(high)}, mean ${number(mean)} ± ${number(margin)}, ` +
      `${times} times FullBS.`
    );
  });
  return (
    `After ${step} of ${LAST} steps with all samples and η = ${number(Number(trained.settings.lr))}: FullBS, λmax of the whole ` +
    `loss, is ${number(whole.sharpness)}. ${each.join(" ")}`
  );
}
