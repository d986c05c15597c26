import uPlot from "uplot";
import { type Colour, colour } from "./theme.js";

export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Half width of the error band. */
  readonly error?: number;
}

/** One line of a chart. */
export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  readonly colour: Colour;
  readonly dash?: readonly number[];
  readonly width?: number;
  /** Keeps its value up to the next point. */
  readonly stepped?: boolean;
  /** Shows its error. */
  readonly band?: boolean;
  /** Marks its points. */
  readonly marks?: boolean;
}

/** Points without a line between. */
export interface Dots {
  readonly points: readonly LinePoint[];
  readonly colour: Colour;
}

export interface LineChartOptions {
  readonly xLabel: string;
  readonly height?: number;
  readonly log?: boolean;
  /** The range of y in view of that of the lines; default: uPlot's own. */
  readonly yRange?: (low: number, high: number) => [number, number];
}

type Column = (number | null | undefined)[];

/** Lines against x by uPlot, with error bands and dots. The lines may change from time to time. */
export class LineChart {
  #plot: uPlot | undefined;
  #names = "";
  #dots: readonly Dots[] = [];
  readonly #resizing: ResizeObserver;

  constructor(
    readonly place: HTMLElement,
    readonly options: LineChartOptions,
  ) {
    this.#resizing = new ResizeObserver(() => this.#plot?.setSize(this.#size));
    this.#resizing.observe(place);
  }

  update(lines: readonly Line[], dots: readonly Dots[] = []): void {
    this.#dots = dots;
    const names = lines.map(({ name }) => name).join("\n");
    const data = columnsOf(lines);
    if (this.#plot && names === this.#names) {
      this.#plot.setData(data as uPlot.AlignedData);
      return;
    }
    this.#names = names;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#uplotOptions(lines), data as uPlot.AlignedData, this.place);
  }

  /** With the colours of the present theme. */
  redraw(): void {
    this.#plot?.redraw(false, true);
  }

  dispose(): void {
    this.#resizing.disconnect();
    this.#plot?.destroy();
  }

  get #size() {
    return { width: Math.max(this.place.clientWidth, 200), height: this.options.height ?? 260 };
  }

  #uplotOptions(lines: readonly Line[]): uPlot.Options {
    const { xLabel, log = false, yRange } = this.options;
    const filter = log ? { filter: powers } : {};
    const axis = (extra: uPlot.Axis, grid: uPlot.Axis.Grid = {}): uPlot.Axis => ({
      stroke: () => colour("muted"),
      grid: { stroke: () => colour("grid"), width: 1, ...grid },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
      ...extra,
    });
    return {
      ...this.#size,
      series: [{}, ...lines.flatMap((line) => seriesOf(line))],
      bands: bandsOf(lines),
      scales: {
        x: { time: false },
        y: {
          ...(log && { distr: 3 }),
          ...(yRange && {
            range: (_, low, high) =>
              yRange(low ?? Number.NaN, high ?? Number.NaN) as [number, number],
          }),
        },
      },
      axes: [
        axis({ label: xLabel, labelSize: 20, labelFont: "12px system-ui, sans-serif", size: 28 }),
        axis({ size: 52, ...filter, ...(log && { values: powerTexts }) }, filter),
      ],
      legend: { show: false },
      cursor: { show: true, y: false, drag: { x: false, y: false } },
      hooks: { draw: [(plot) => this.#drawDots(plot)] },
    };
  }

  #drawDots({ ctx, bbox, valToPos }: uPlot): void {
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.35;
    const size = 2 * devicePixelRatio;
    for (const { points, colour: name } of this.#dots) {
      ctx.fillStyle = colour(name);
      for (const { x, y } of points) {
        const [left, top] = [valToPos(x, "x", true), valToPos(y, "y", true)];
        ctx.fillRect(left - size / 2, top - size / 2, size, size);
      }
    }
    ctx.restore();
  }
}

/** On a logarithmic axis the powers of ten have their numbers. */
function powers(_: uPlot, splits: number[]): (number | null)[] {
  const isPower = (value: number) =>
    Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
  if (splits.filter(isPower).length < 2) return splits;
  return splits.map((value) => (isPower(value) ? value : null));
}

function powerTexts(_: uPlot, splits: number[]): string[] {
  return splits.map((value) => {
    if (value === null) return "";
    return value >= 1e-3 && value < 1e5
      ? String(Number(value.toPrecision(3)))
      : value.toExponential(0);
  });
}

/** A line, and the two edges of its band. */
function seriesOf(line: Line): uPlot.Series[] {
  const { name, dash, width = 2, stepped, band, marks = false } = line;
  const own: uPlot.Series = {
    label: name,
    stroke: () => colour(line.colour),
    width,
    ...(dash && { dash: [...dash] }),
    ...(stepped && { paths: uPlot.paths.stepped!({ align: 1 }) }),
    points: { show: marks, size: 5, fill: () => colour(line.colour) },
  };
  const edge: uPlot.Series = { label: `${name} edge`, width: 0, points: { show: false } };
  return band ? [own, edge, edge] : [own];
}

function bandsOf(lines: readonly Line[]): uPlot.Band[] {
  const bands: uPlot.Band[] = [];
  let place = 1;
  for (const line of lines) {
    if (line.band) {
      bands.push({ series: [place + 1, place + 2], fill: () => `${colour(line.colour)}33` });
    }
    place += line.band ? 3 : 1;
  }
  return bands;
}

/** Lines of different x on one x: where a line has no point, the value is undefined, not a gap. */
function columnsOf(lines: readonly Line[]): Column[] {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const places = new Map(xs.map((x, index) => [x, index]));
  const column = (points: readonly LinePoint[], read: (point: LinePoint) => number): Column => {
    const values: Column = new Array(xs.length).fill(undefined);
    for (const point of points) {
      const value = read(point);
      values[places.get(point.x)!] = Number.isFinite(value) ? value : null;
    }
    return values;
  };
  return [
    xs,
    ...lines.flatMap(({ points, band }) => [
      column(points, ({ y }) => y),
      ...(band
        ? [
            column(points, ({ y, error = 0 }) => y + error),
            column(points, ({ y, error = 0 }) => y - error),
          ]
        : []),
    ]),
  ];
}
