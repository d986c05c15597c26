import { button, element } from "../../playground/ui/dom.js";
import { factorOf, lossAt, type Manner, mannerOf, positionAt } from "../models/parabola.js";
import { number } from "../ui/numbers.js";
import { Player } from "../ui/player.js";
import { Plot, type Point } from "../ui/plot.js";
import { Sentence } from "../ui/sentence.js";
import { Slider } from "../ui/slider.js";

const REACH = 3;
const HEIGHT = 8;
const STEPS = 30;

/** A parabola and a step size: below, at and above 2/λ. */
export function mount(root: HTMLElement): () => void {
  let state = { curvature: 2, rate: 0.85, start: 1.8 };
  const sentence = new Sentence();
  const plot = new Plot({
    label: "The loss L = ½λx² against x, with the steps of gradient descent from the start",
    x: { label: "distance x", from: -REACH, to: REACH, ticks: [-3, -2, -1, 0, 1, 2, 3] },
    y: { label: "loss", from: -0.4, to: HEIGHT, ticks: [0, 2, 4, 6, 8] },
    onPoint: (x) => change({ start: inSteps(x) }),
  });
  const player = new Player(STEPS, 6, draw);
  const start = new Slider({
    label: "start x₀",
    min: -REACH,
    max: REACH,
    step: 0.05,
    value: state.start,
    text: number,
    onChange: (value) => change({ start: value }),
  });
  const rate = new Slider({
    label: "step size η",
    min: 0.02,
    max: 1.4,
    step: 0.01,
    value: state.rate,
    text: number,
    onChange: (value) => change({ rate: value }),
  });
  const curvature = new Slider({
    label: "curvature λ",
    min: 1,
    max: 5,
    step: 0.1,
    value: state.curvature,
    text: number,
    onChange: (value) => change({ curvature: value }),
  });
  const edge = button("Set η to 2/λ", () => change({ rate: 2 / state.curvature }));
  root.replaceChildren(
    plot.node,
    element("div", { class: "controls" }, rate.node, curvature.node, start.node, edge),
    player.node,
    sentence.node,
  );

  function change(changes: Partial<typeof state>): void {
    state = { ...state, ...changes };
    rate.set(state.rate);
    curvature.set(state.curvature);
    start.set(state.start);
    draw();
  }

  function draw(): void {
    const walked = Array.from({ length: player.step + 1 }, (_, t): Point => {
      const x = positionAt(state, t);
      return [x, lossAt(state, x)];
    });
    plot.show(() => [
      plot.line(curve(state.curvature), "muted", { "stroke-width": 2 }),
      plot.line(walked, "fullbs", { "stroke-width": 1.5, "stroke-opacity": 0.7 }),
      ...walked.map((point) => plot.dot(point, "fullbs", 3)),
      plot.dot(walked[0]!, "page", 8, { stroke: "var(--eoss-ink)", "stroke-width": "2" }),
      plot.dot(walked.at(-1)!, "fullbs", 6),
    ]);
    sentence.say(words(player.step));
  }

  function words(step: number): string {
    const { curvature, rate } = state;
    const manner = mannerOf(state);
    const side =
      manner === "steady swings" ? "equal to" : manner === "growing swings" ? "below" : "above";
    const here = Math.abs(positionAt(state, step));
    return (
      `λ = ${number(curvature)} and η = ${number(rate)}: 2/η = ${number(2 / rate)} is ${side} λ. Each step ` +
      `multiplies the distance from the minimum by 1 − ηλ = ${number(rounded(factorOf(state)))}. ${MANNERS[manner]} ` +
      `After ${step === 1 ? "1 step" : `${step} steps`} the distance is ${number(here)}` +
      `${here > REACH ? ", outside of the picture" : ""}.`
    );
  }

  draw();
  return () => {
    player.pause();
    sentence.dispose();
    plot.dispose();
  };
}

const MANNERS: Readonly<Record<Manner, string>> = {
  "one side": "It comes closer from one side.",
  "at once": "One step leads to the minimum.",
  "shrinking swings": "It jumps over the minimum at each step, and comes closer.",
  "steady swings": "It jumps from one side to the other for ever, and comes no closer.",
  "growing swings":
    "It jumps over the minimum at each step, and each jump is longer than the last.",
};

function curve(curvature: number): Point[] {
  return Array.from({ length: 121 }, (_, k): Point => {
    const x = REACH * (k / 60 - 1);
    return [x, lossAt({ curvature }, x)];
  });
}

/** Where the reader drags to, in the steps of the slider. */
function inSteps(x: number): number {
  return rounded(Math.round(20 * Math.max(-REACH, Math.min(REACH, x))) / 20);
}

/** Without the noise of floating point around 0 and −1. */
function rounded(value: number): number {
  return Math.round(1e9 * value) / 1e9;
}
