import { type OpenedRun, short } from "@eoss/run";
import { integer, type Spectrum, spectrumOf, thin } from "@eoss/run/internal";
import { errorOf } from "@eoss/sharpness";
import * as Plot from "@observablehq/plot";
import { changeMarks, frameOf, marksHeight, marksOf, placeMarks } from "./changeMarks.js";
import { BESIDE, draw, type Figure, type FigureSize, stepsOf, textWidth } from "./figure.js";
import type { Palette } from "./palette.js";
import { panelTitle } from "./panelTitle.js";
import { thresholdLevels } from "./threshold.js";
import { levelLine, THRESHOLD } from "./thresholdLine.js";
import { evenLabels, evenTicks } from "./ticks.js";
import { axisMarks, linearAxis, logAxis, scaleOf } from "./verticalAxis.js";

const MARGIN = { marginLeft: 46, marginRight: 44, marginTop: 68, marginBottom: 38 };

/** Columns and rows of a heat map at most: a report of many runs stays small. */
const COLUMNS = 60;
const ROWS = 80;

/** What a caption says of densities. */
export const SPECTRUM_CAPTION =
  "A density ρ(λ) is the fraction of eigenvalues per unit of λ. It is smoothed, and drawn down to a " +
  "tenth of what a single eigenvalue gives. Against training steps each shade is a factor of ten.";

/** A figure of densities, and of which quantity they are. */
export interface SpectrumPanel extends Figure {
  readonly quantity: string;
  readonly over: "eigenvalues" | "steps";
}

/** The spectral densities of a run: each at its last step, and against steps if there are several. */
export function spectrumPanels(
  run: OpenedRun,
  palette: Palette,
  size: FigureSize,
): SpectrumPanel[] {
  return run.quantities.flatMap((quantity) => {
    const spectra = run
      .recordsOf(quantity)
      .flatMap((record) => spectrumOf(record) ?? [])
      .filter(isDrawable);
    if (spectra.length === 0) return [];
    const all = { run, quantity, spectra, palette, size };
    return [
      { ...densityPanel(all), quantity, over: "eigenvalues" as const },
      ...(spectra.length > 1 ? [{ ...heatMap(all), quantity, over: "steps" as const }] : []),
    ];
  });
}

interface Spectra {
  readonly run: OpenedRun;
  readonly quantity: string;
  /** In the order of their steps. */
  readonly spectra: readonly Spectrum[];
  readonly palette: Palette;
  readonly size: FigureSize;
}

function isDrawable({ lambda, density }: Spectrum): boolean {
  const isAscending = lambda.every((x, i) => i === 0 || x > lambda[i - 1]!);
  return isAscending && density.some(({ value }) => Number.isFinite(value) && value > 0);
}

/** A tenth of the peak that one of d eigenvalues gives: what lies below is the tail of the smoothing. */
function floorOf({ lambda, width }: Spectrum, peak: number, d: number): number {
  const smoothing = Number.isNaN(width) ? (lambda.at(-1)! - lambda[0]!) / 100 : width;
  const single = 1 / (Math.max(1, d) * smoothing * Math.sqrt(2 * Math.PI));
  return Math.min(single / 10, peak / 10);
}

const peakOf = ({ density }: Spectrum) =>
  density.reduce((most, { value }) => (Number.isFinite(value) ? Math.max(most, value) : most), 0);

/** ρ(λ) on a logarithmic axis at the last step, with its 95 % band, and at the first. */
function densityPanel({ run, quantity, spectra, palette, size }: Spectra): Figure {
  const [first, last] = [spectra[0]!, spectra.at(-1)!];
  const shown = first === last ? [last] : [first, last];
  const d = run.manifest.model.parameters;
  const peak = Math.max(...shown.map(peakOf));
  const floor = Math.min(...shown.map((spectrum) => floorOf(spectrum, peakOf(spectrum), d)));
  const vertical = logAxis(floor, peak);
  const margin = { ...MARGIN, marginLeft: Math.max(MARGIN.marginLeft, vertical.margin) };
  const ends: [number, number] = [
    Math.min(...shown.map(({ lambda }) => lambda[0]!)),
    Math.max(...shown.map(({ lambda }) => lambda.at(-1)!)),
  ];
  const threshold = run.comparison("fullbs", last.step);
  const isSeen = threshold.value > ends[0] && threshold.value < 2 * ends[1];
  const domain: [number, number] = [ends[0], isSeen ? Math.max(ends[1], threshold.value) : ends[1]];
  const ticks = evenTicks(...domain, 5);
  const pointsOf = ({ lambda, density }: Spectrum) =>
    density.map((number, i) => ({
      x: lambda[i]!,
      error: errorOf(number) ?? Number.NaN,
      ...number,
    }));
  const visible = (y: number) => Math.max(y, floor);
  const label = `Spectral density ${quantity} at step ${integer(last.step)}`;
  return draw({
    ...size,
    palette,
    label,
    description: "Logarithmic axis; the band is the 95 % interval.",
    data: {
      x: "eigenvalue λ",
      y: "density ρ(λ)",
      series: shown.map((spectrum) => ({
        style: {
          label: `step ${integer(spectrum.step)}`,
          color: spectrum === last ? "fullbs" : "muted",
          dash: spectrum === last ? "none" : "3 3",
        },
        points: pointsOf(spectrum).filter(({ value }) => value > floor),
      })),
    },
    plot: {
      ...margin,
      x: {
        domain,
        label: "eigenvalue λ (loss / parameter²) →",
        ticks,
        tickFormat: evenLabels(ticks),
      },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette),
        Plot.areaY(
          pointsOf(last).filter(({ error }) => Number.isFinite(error)),
          {
            x: "x",
            y1: ({ value, error }) => visible(value - error),
            y2: ({ value, error }) => visible(value + error),
            fill: palette.fullbs,
            fillOpacity: 0.22,
            ariaLabel: () => `error of ${label}`,
          },
        ),
        first === last
          ? null
          : curve(pointsOf(first), floor, { stroke: palette.muted, strokeDasharray: "3 3" }),
        curve(pointsOf(last), floor, { stroke: palette.fullbs, ariaLabel: () => label }),
        isSeen ? thresholdRule(threshold.value, threshold.formula ?? "", domain, palette) : null,
        ...panelTitle(quantity, `ρ(λ)${vertical.suffix}`, margin, palette),
        keyRow(shown, margin, palette),
      ],
    },
  });
}

type DensityPoint = { readonly x: number; readonly value: number };

function curve(points: readonly DensityPoint[], floor: number, looks: Plot.LineYOptions) {
  return Plot.lineY(points, {
    x: "x",
    y: ({ value }: DensityPoint) => (value > floor ? value : Number.NaN),
    strokeWidth: 1.75,
    ...looks,
  });
}

function thresholdRule(
  value: number,
  formula: string,
  [low, high]: readonly [number, number],
  palette: Palette,
) {
  const isRight = value > (low + high) / 2;
  return [
    Plot.ruleX([value], { stroke: palette[THRESHOLD.color], strokeWidth: THRESHOLD.width }),
    Plot.text([`${formula} = ${short(value)}`], {
      x: [value],
      frameAnchor: "top",
      dx: isRight ? -5 : 5,
      dy: 8,
      textAnchor: isRight ? "end" : "start",
      fontWeight: "bold",
      fill: palette[THRESHOLD.color],
    }),
  ];
}

/** Which line is of which step. */
function keyRow(
  shown: readonly Spectrum[],
  { marginLeft, marginTop }: { readonly marginLeft: number; readonly marginTop: number },
  palette: Palette,
) {
  let x = 4 - marginLeft;
  return shown.map(({ step }, i) => {
    const isLast = i === shown.length - 1;
    const text = `${isLast ? "━" : "┅"} step ${integer(step)}`;
    const at = x;
    x += textWidth(text) + 14;
    return Plot.text([text], {
      ...BESIDE,
      frameAnchor: "top-left",
      dx: at,
      dy: 48 - marginTop,
      lineAnchor: "middle",
      fill: isLast ? palette.fullbs : palette.muted,
    });
  });
}

/** log ρ against steps and λ; the threshold is a line over it. */
function heatMap({ run, quantity, spectra, palette, size }: Spectra): Figure {
  const shown = thin(spectra, COLUMNS);
  const d = run.manifest.model.parameters;
  const peak = Math.max(...shown.map(peakOf));
  const low = Math.min(...shown.map(({ lambda }) => lambda[0]!));
  const high = Math.max(...shown.map(({ lambda }) => lambda.at(-1)!));
  const levels = thresholdLevels(run).filter(({ value }) => value > low && value < 2 * high);
  const top = Math.max(high, ...levels.map(({ value }) => value));
  const vertical = linearAxis(low, top);
  const domain = stepsOf([run]);
  const plain = {
    ...MARGIN,
    marginTop: 50,
    marginLeft: Math.max(MARGIN.marginLeft, vertical.margin),
  };
  const placed = placeMarks(marksOf(run), frameOf(size.width, domain, plain));
  const margin = { ...plain, marginTop: plain.marginTop + marksHeight(placed) };
  const floor = Math.min(...shown.map((spectrum) => floorOf(spectrum, peakOf(spectrum), d)));
  const rows = rowsOf(shown, [low, high]);
  return draw({
    ...size,
    palette,
    label: `Spectral density ${quantity} against training steps`,
    description: "Each shade is a factor of ten; darker is more. The thin line is the threshold.",
    data: {
      y: "eigenvalue λ",
      shade: "density ρ(λ)",
      series: rows.map(({ from, to, densities }) => ({
        style: { label: quantity, color: "fullbs", dash: "none" },
        points: shown.flatMap(({ step }, column) => {
          const shade = densities[column]!;
          return shade > floor ? [{ x: step, value: (from + to) / 2, error: null, shade }] : [];
        }),
      })),
    },
    plot: {
      ...margin,
      x: { domain, ticks: 5 },
      y: scaleOf(vertical),
      marks: [
        ...axisMarks(vertical, palette),
        ...shades(cellsOf(shown, rows, domain, { floor, peak }), palette),
        changeMarks(placed, palette),
        levelLine(levels, vertical.scale.domain[1], THRESHOLD, palette),
        ...panelTitle(`${quantity} over training`, "eigenvalue λ", margin, palette),
      ],
    },
  });
}

/** A row of a heat map: the largest density of each step between two eigenvalues. */
interface Row {
  readonly from: number;
  readonly to: number;
  readonly densities: readonly number[];
}

function rowsOf(spectra: readonly Spectrum[], [low, high]: readonly [number, number]): Row[] {
  const height = (high - low) / ROWS;
  return Array.from({ length: ROWS }, (_, row) => {
    const [from, to] = [low + row * height, low + (row + 1) * height];
    return { from, to, densities: spectra.map((spectrum) => largest(spectrum, from, to)) };
  });
}

interface Cell {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  /** Decades above the floor, from 1 on. */
  readonly level: number;
}

/** Rectangles of one shade: a step reaches half way to its neighbours, rows of a level are one. */
function cellsOf(
  spectra: readonly Spectrum[],
  rows: readonly Row[],
  [first, last]: readonly [number, number],
  { floor, peak }: { readonly floor: number; readonly peak: number },
): Cell[] {
  const most = Math.ceil(Math.log10(peak / floor));
  return spectra.flatMap(({ step }, column) => {
    const [before, after] = [spectra[column - 1]?.step, spectra[column + 1]?.step];
    const from = before === undefined ? first : (before + step) / 2;
    const to = after === undefined ? last : (step + after) / 2;
    const levels = rows.map(({ densities }) => {
      const density = densities[column]!;
      return density > floor ? Math.min(most, Math.ceil(Math.log10(density / floor))) : 0;
    });
    return runsOf(levels).map(({ start, end, level }) => {
      return { from, to, low: rows[start]!.from, high: rows[end - 1]!.to, level };
    });
  });
}

/** The largest density in an interval; between two points that of the nearer. */
function largest({ lambda, density }: Spectrum, from: number, to: number): number {
  if (to < lambda[0]! || from > lambda.at(-1)!) return 0;
  let most = 0;
  let nearest = 0;
  for (const [i, x] of lambda.entries()) {
    if (x >= from && x < to && density[i]!.value > most) most = density[i]!.value;
    const middle = (from + to) / 2;
    if (Math.abs(x - middle) < Math.abs(lambda[nearest]! - middle)) nearest = i;
  }
  return most > 0 ? most : density[nearest]!.value;
}

/** Stretches of the same level, without those of level 0. */
function runsOf(levels: readonly number[]) {
  const found: Array<{ start: number; end: number; level: number }> = [];
  for (const [i, level] of levels.entries()) {
    const open = found.at(-1);
    if (open?.level === level) open.end = i + 1;
    else found.push({ start: i, end: i + 1, level });
  }
  return found.filter(({ level }) => level > 0);
}

/** All cells of a level as one path: a tenth of the bytes of as many rectangles. */
function shades(cells: readonly Cell[], palette: Palette) {
  const most = Math.max(...cells.map(({ level }) => level));
  return Array.from({ length: most }, (_, i) => i + 1).map((level) =>
    Plot.rect(
      cells.filter((cell) => cell.level === level),
      {
        x1: "from",
        x2: "to",
        y1: "low",
        y2: "high",
        render(index, _scales, values, _dimensions, context) {
          const { x1, x2, y1, y2 } = values as Record<"x1" | "x2" | "y1" | "y2", number[]>;
          const path = context.document.createElementNS("http://www.w3.org/2000/svg", "path");
          const boxes = Array.from(index, (k) => {
            const [left, right] = [x1[k]!, x2[k]!].map((x) => x.toFixed(1));
            return `M${left},${y1[k]!.toFixed(1)}H${right}V${y2[k]!.toFixed(1)}H${left}Z`;
          });
          path.setAttribute("d", boxes.join(""));
          path.setAttribute("fill", palette.fullbs);
          path.setAttribute("fill-opacity", (level / most).toFixed(2));
          path.setAttribute("aria-hidden", "true");
          return path;
        },
      },
    ),
  );
}
