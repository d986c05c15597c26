import type { OpenedRun } from "@eoss/run";
import * as Plot from "@observablehq/plot";
import { changeText } from "../text/labels.js";
import { MARGINS, textWidth } from "./figure.js";
import type { Palette } from "./palette.js";

/** A step of a figure that has a rule and a few words. */
export interface StepMark {
  readonly step: number;
  readonly text: string;
}

/** The steps of a run at which η, b or the optimizer changed at once. */
export function marksOf(run: OpenedRun): StepMark[] {
  return run.changes
    .filter(({ step }) => step >= run.firstStep)
    .map((change) => ({
      step: change.step,
      text: changeText(change, run.manifest.dataset.samples),
    }));
}

export interface PlacedMark extends StepMark {
  /** Row of its words above the frame, 0 the lowest; null: too many marks to write. */
  readonly row: number | null;
  /** On which side of its rule the words stand. */
  readonly anchor: "start" | "end";
}

const ROW_HEIGHT = 16;
const MAX_ROWS = 4;
const MAX_MARKS = 6;
/** How far words may reach beyond the frame, in pixels. */
const RIGHT_ROOM = 12;

/** Where the frame of a figure lies, in pixels, and which steps it spans. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly domain: readonly [number, number];
}

export function frameOf(
  width: number,
  domain: readonly [number, number],
  { marginLeft, marginRight } = MARGINS,
): Frame {
  return { left: marginLeft, right: width - marginRight, domain };
}

/**
 * Puts the words of marks into rows so that they overlap neither each other nor a rule, and none
 * leaves the figure; without words if there are too many marks for that.
 */
export function placeMarks(marks: readonly StepMark[], frame: Frame): PlacedMark[] {
  const texts = marks.map((mark) => optionsFor(mark, frame));
  const chosen = marks.length <= MAX_MARKS ? choose(texts, []) : null;
  return marks.map((mark, i) => {
    const { row, anchor } = chosen?.[i] ?? { row: null, anchor: "start" };
    return { ...mark, row, anchor };
  });
}

/** Words from `begin` to `end` pixels in a row, with a rule at x from the frame up to them. */
interface Placing extends Pick<PlacedMark, "anchor"> {
  readonly row: number;
  readonly x: number;
  readonly begin: number;
  readonly end: number;
}

function optionsFor({ step, text }: StepMark, { left, right, domain }: Frame): Placing[] {
  const x = left + ((step - domain[0]) / (domain[1] - domain[0])) * (right - left);
  const width = textWidth(text) + 8;
  const sides = [
    { anchor: "start", begin: x, end: x + width },
    { anchor: "end", begin: x - width, end: x },
  ] as const;
  return Array.from({ length: MAX_ROWS }, (_, row) => row)
    .flatMap((row) => sides.map((side) => ({ ...side, row, x })))
    .filter(({ begin, end }) => begin >= 0 && end <= right + RIGHT_ROOM);
}

/** The first combination without a conflict, the last mark first; null if there is none. */
function choose(texts: readonly Placing[][], placed: readonly Placing[]): Placing[] | null {
  const options = texts.at(-1);
  if (options === undefined) return [];
  for (const option of options) {
    if (placed.some((other) => conflict(option, other) || conflict(other, option))) continue;
    const others = choose(texts.slice(0, -1), [...placed, option]);
    if (others) return [...others, option];
  }
  return null;
}

/** Whether words overlap other words of their row, or the rule of words further up. */
function conflict(text: Placing, other: Placing): boolean {
  if (text.row === other.row) return text.begin < other.end && other.begin < text.end;
  return other.row > text.row && text.begin < other.x && other.x < text.end;
}

/** Pixels that the words of placed marks need above the frame. */
export function marksHeight(placed: readonly PlacedMark[]): number {
  return ROW_HEIGHT * Math.max(0, ...placed.map(({ row }) => (row ?? -1) + 1));
}

/** A thin upright rule at each mark, up to its words above the frame. */
export function changeMarks(placed: readonly PlacedMark[], palette: Palette) {
  return placed.flatMap(({ step, text, row, anchor }) => [
    Plot.ruleX([step], {
      stroke: palette.muted,
      strokeWidth: 1,
      strokeDasharray: "2 2",
      insetTop: row === null ? 0 : -(ROW_HEIGHT * (row + 1) - 2),
      ariaLabel: () => text,
    }),
    row === null
      ? null
      : Plot.text([text], {
          x: step,
          frameAnchor: "top",
          lineAnchor: "bottom",
          textAnchor: anchor,
          dx: anchor === "start" ? 4 : -4,
          dy: -(ROW_HEIGHT * row + 4),
          fill: palette.ink,
          stroke: palette.page,
          strokeWidth: 3,
        }),
  ]);
}
