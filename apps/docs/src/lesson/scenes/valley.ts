import { element } from "../../playground/ui/dom.js";
import { lossOf, pathFrom, sharpnessOf, type Weights } from "../models/valley.js";
import { number } from "../ui/numbers.js";
import { Player } from "../ui/player.js";
import { Plot, type Point } from "../ui/plot.js";
import { Sentence } from "../ui/sentence.js";
import { Slider } from "../ui/slider.js";

const LOW = -1;
const HIGH = 3;
const STEPS = 60;
const SHARPEST = 30;
/** Loss below which the minimum is reached, as far as the picture shows. */
const REACHED = 1e-6;

/** The network f = ab: gradient descent walks along the valley to where its steps are stable. */
export function mount(root: HTMLElement): () => void {
  let state = { rate: 0.15, a: 2.7, b: 0.4 };
  const sentence = new Sentence();
  const plane = new Plot({
    label:
      "The plane of the weights a and b, with the valley ab = 1 and the steps of gradient descent",
    x: { label: "a", from: LOW, to: HIGH, ticks: [-1, 0, 1, 2, 3] },
    y: { label: "b", from: LOW, to: HIGH, ticks: [-1, 0, 1, 2, 3] },
    ratio: 1,
    onPoint: (a, b) => change({ a: within(a), b: within(b) }),
  });
  const chart = new Plot({
    label: "The sharpness after each step, and 2/η",
    x: { label: "steps", from: 0, to: STEPS, ticks: [0, 20, 40, 60] },
    y: { label: "sharpness", from: 0, to: SHARPEST, ticks: [0, 10, 20, 30] },
  });
  const player = new Player(STEPS, 40, draw);
  const sliders = {
    rate: slider("step size η", 0.03, 0.49, 0.01, "rate"),
    a: slider("start a", LOW, HIGH, 0.05, "a"),
    b: slider("start b", LOW, HIGH, 0.05, "b"),
  };
  root.replaceChildren(
    element("div", { class: "pair" }, asElement(plane), asElement(chart)),
    element("div", { class: "controls" }, ...Object.values(sliders).map(({ node }) => node)),
    player.node,
    sentence.node,
  );

  function slider(label: string, min: number, max: number, step: number, name: keyof typeof state) {
    const onChange = (value: number) => change({ [name]: value });
    return new Slider({ label, min, max, step, value: state[name], text: number, onChange });
  }

  function change(changes: Partial<typeof state>): void {
    state = { ...state, ...changes };
    for (const name of ["rate", "a", "b"] as const) sliders[name].set(state[name]);
    draw();
  }

  function draw(): void {
    const path = pathFrom(state, state.rate, player.step);
    plane.show(() => drawPlane(plane, path, state.rate));
    chart.show(() => drawSharpness(chart, path, state.rate));
    sentence.say(words(path, state.rate, player.step));
  }

  draw();
  return () => {
    player.pause();
    sentence.dispose();
    plane.dispose();
    chart.dispose();
  };
}

function drawPlane(plane: Plot, path: readonly Weights[], rate: number): SVGElement[] {
  const points = path.map(({ a, b }): Point => [a, b]);
  return [
    // Where the loss is the same: ab = 1 ± √loss.
    ...[0.25, 1, 4].flatMap((loss) =>
      [1 + Math.sqrt(loss), 1 - Math.sqrt(loss)].flatMap((product) =>
        hyperbola(product).map((branch) => plane.line(branch, "muted", { "stroke-opacity": 0.35 })),
      ),
    ),
    plane.line(VALLEY, "muted", { "stroke-width": 3 }),
    plane.line(stablePart(rate), "batchSharpness", { "stroke-width": 5 }),
    plane.line(points, "fullbs", { "stroke-width": 1.5, "stroke-opacity": 0.7 }),
    ...points.map((point) => plane.dot(point, "fullbs", 2.5)),
    plane.dot(points[0]!, "page", 8, { stroke: "var(--eoss-ink)", "stroke-width": "2" }),
    plane.dot(points.at(-1)!, "fullbs", 6),
  ];
}

function drawSharpness(chart: Plot, path: readonly Weights[], rate: number): SVGElement[] {
  const threshold = 2 / rate;
  const measured = path.map((weights, step): Point => [step, sharpnessOf(weights)]);
  const ends: Point[] = [
    [0, threshold],
    [STEPS, threshold],
  ];
  return [
    chart.line(ends, "ink", { "stroke-width": 1.5, "stroke-dasharray": "2 3" }),
    chart.text([STEPS, threshold], "2/η", {
      dx: -4,
      dy: -6,
      "text-anchor": "end",
      "font-size": 13,
    }),
    chart.line(measured, "fullbs", { "stroke-width": 2 }),
    chart.dot(measured.at(-1)!, "fullbs", 5),
  ];
}

/** The curves ab = c in the picture: two branches, or the axes for c = 0. */
function hyperbola(product: number): Point[][] {
  if (product === 0) {
    return [
      [
        [LOW, 0],
        [HIGH, 0],
      ],
      [
        [0, LOW],
        [0, HIGH],
      ],
    ];
  }
  const half = (sign: number) =>
    Array.from({ length: 81 }, (_, k): Point => {
      const a = sign * 0.03 * 110 ** (k / 80);
      return [a, product / a];
    });
  return [half(1), half(-1)];
}

/** The minima in the picture. */
const VALLEY = hyperbola(1)[0]!;

/** Those with 2(a² + b²) below 2/η; near a = b if there are any. */
function stablePart(rate: number): readonly Point[] {
  return VALLEY.filter(([a, b]) => sharpnessOf({ a, b }) < 2 / rate);
}

function words(path: readonly Weights[], rate: number, asked: number): string {
  const [first, last] = [path[0]!, path.at(-1)!];
  const steps = path.length - 1;
  const threshold = 2 / rate;
  const side = (value: number) => (value < threshold ? "below" : "above");
  const [before, after] = [sharpnessOf(first), sharpnessOf(last)];
  const start =
    `η = ${number(rate)}, 2/η = ${number(threshold)}. The sharpness at the start is ${number(before)}, ` +
    `${side(before)} 2/η.`;
  if (steps < asked) {
    return `${start} After ${steps} steps the weights leave every bound: from this start η is too large.`;
  }
  const reached =
    lossOf(last) < REACHED ? "It is nearly at a minimum" : "It is not at a minimum yet";
  return (
    `${start} After ${steps === 1 ? "1 step" : `${steps} steps`} the sharpness is ${number(after)}, ${side(after)} ` +
    `2/η, and the loss is ${number(lossOf(last))}. ${reached}. a² − b² went from ` +
    `${number(first.a ** 2 - first.b ** 2)} to ${number(last.a ** 2 - last.b ** 2)}.`
  );
}

/** Where the reader drags to, in the steps of the sliders. */
function within(value: number): number {
  return Math.round(20 * Math.max(LOW, Math.min(HIGH, value))) / 20;
}

function asElement({ node }: Plot): HTMLElement {
  const place = element("div");
  place.append(node);
  return place;
}
