import { choice, element } from "../../playground/ui/dom.js";
import { LEVELS, type Level, type LevelName, type ScaleResults } from "../results/parse.js";
import { data } from "../results/reproduction.data.js";
import { legend } from "../ui/legend.js";
import { number } from "../ui/numbers.js";
import { Plot, type Point } from "../ui/plot.js";
import { Sentence } from "../ui/sentence.js";
import { Slider } from "../ui/slider.js";

const NAMES: Readonly<Record<LevelName, { readonly text: string; readonly colour: string }>> = {
  minibs: { text: "MiniBS", colour: "minibs" },
  "batch-sharpness": { text: "batch sharpness", colour: "batchSharpness" },
  fullbs: { text: "FullBS", colour: "fullbs" },
};

/** Stored results at three scales: where each sharpness stood at the end, by batch size. */
export function mount(root: HTMLElement): () => void {
  const sentence = new Sentence();
  const place = element("div");
  const below = element("div", { class: "controls" });
  let plot: Plot | undefined;
  const scale = choice(
    "scale",
    data.map(({ name }, index) => [String(index), name] as const),
    (value) => show(data[Number(value)]!),
  );
  root.replaceChildren(
    legend([...LEVELS.map((name) => NAMES[name]), { text: "2/η", colour: "ink", dotted: true }]),
    place,
    scale.field,
    below,
    sentence.node,
  );

  function show(results: ScaleResults): void {
    let chosen = 0;
    plot?.dispose();
    const drawn = new Plot({
      ...axes(results),
      onPoint: (x) => choose(Math.max(0, Math.min(results.batches.length - 1, Math.round(x)))),
    });
    plot = drawn;
    const slider = new Slider({
      label: "batch size b",
      min: 0,
      max: results.batches.length - 1,
      step: 1,
      value: 0,
      text: (index) => results.batches[index]!.batch,
      onChange: (index) => choose(index),
    });
    place.replaceChildren(drawn.node);
    below.replaceChildren(slider.node);
    choose(0);

    function choose(index: number): void {
      chosen = index;
      slider.set(index);
      drawn.show(() => shapes(drawn, results, chosen));
      sentence.say(words(results, chosen));
    }
  }

  show(data[0]!);
  return () => {
    sentence.dispose();
    plot?.dispose();
  };
}

function axes({ batches, name }: ScaleResults) {
  return {
    label: `Scale ${name}: where each sharpness stood at the end, in units of 2/η, by batch size`,
    x: {
      label: "batch size b",
      from: -0.5,
      to: batches.length - 0.5,
      ticks: batches.map((_, index) => index),
      text: (index: number) => batches[index]!.batch.split(",")[0]!,
    },
    y: { label: "in units of 2/η", from: 0, to: 2, ticks: [0, 0.5, 1, 1.5, 2] },
  };
}

function shapes(plot: Plot, { batches }: ScaleResults, chosen: number): SVGElement[] {
  const ends: Point[] = [
    [-1, 1],
    [batches.length, 1],
  ];
  const mark: Point[] = [
    [chosen, 0],
    [chosen, 2],
  ];
  return [
    plot.line(mark, "muted", { "stroke-width": 24, "stroke-opacity": 0.2 }),
    plot.line(ends, "ink", { "stroke-width": 1.5, "stroke-dasharray": "2 3" }),
    ...LEVELS.flatMap((name) => {
      const { colour } = NAMES[name];
      const found = batches.flatMap(({ levels }, x) => {
        const level = levels[name];
        return level ? [{ x, ...level }] : [];
      });
      const points = found.map(({ x, value }): Point => [x, value]);
      return [
        plot.line(points, colour, { "stroke-width": 2 }),
        ...found.flatMap(({ x, value, error = 0 }) => {
          const bar: Point[] = [
            [x, value - error],
            [x, value + error],
          ];
          return [plot.line(bar, colour, { "stroke-width": 2 }), plot.dot([x, value], colour, 5)];
        }),
      ];
    }),
  ];
}

function words({ name, setting, batches }: ScaleResults, chosen: number): string {
  const { batch, levels } = batches[chosen]!;
  const each = LEVELS.flatMap((level) => {
    const found = levels[level];
    return found ? `${NAMES[level].text} ${levelText(found)}` : [];
  });
  return `Scale ${name} (${setting}), b = ${batch}. In units of 2/η: ${each.join(", ")}.`;
}

function levelText({ value, error, note }: Level): string {
  const interval = error === undefined ? "" : ` ± ${number(Number(error.toPrecision(2)))}`;
  return `${number(value)}${interval}${note ? ` (${note})` : ""}`;
}
