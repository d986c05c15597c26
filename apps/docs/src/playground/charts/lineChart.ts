import { evenLabels, readableSpan } from "@eoss/report";
import uPlot from "uplot";
import { type Colour, colour } from "./theme.js";

interface LinePoint {
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

/** An upright line where something happened, and what it was. */
export interface Rule {
  readonly x: number;
  readonly text: string;
}

export interface LineChartOptions {
  readonly xLabel: string;
  readonly height?: number;
  readonly log?: boolean;
  /** Whether the axis of y begins at 0, or below where there are negative values. */
  readonly fromZero?: boolean;
}

type Column = (number | null | undefined)[];

/** Lines against x by uPlot, with error bands and dots. The lines may change from time to time. */
export class LineChart {
  #plot: uPlot | undefined;
  #names = "";
  #dots: readonly Dots[] = [];
  #rules: readonly Rule[] = [];
  readonly #resizing: ResizeObserver;
  #log: boolean;

  constructor(
    readonly place: HTMLElement,
    readonly options: LineChartOptions,
  ) {
    this.#log = options.log ?? false;
    this.#resizing = new ResizeObserver(() => this.#plot?.setSize(this.#size));
    this.#resizing.observe(place);
  }

  update(lines: readonly Line[], dots: readonly Dots[] = [], rules: readonly Rule[] = []): void {
    this.#dots = dots;
    this.#rules = rules;
    const names = lines.map(({ name }) => name).join("\n");
    const data = columnsOf(lines, this.#log);
    if (this.#plot && names === this.#names) {
      this.#plot.setData(data as uPlot.AlignedData);
      return;
    }
    this.#names = names;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#uplotOptions(lines), data as uPlot.AlignedData, this.place);
  }

  /** Whether the axis of y is logarithmic; what is not positive is then left out. It holds from the next `update` on. */
  setLog(log: boolean): void {
    if (log === this.#log) return;
    this.#log = log;
    this.#plot?.destroy();
    this.#plot = undefined;
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
    const { xLabel } = this.options;
    const log = this.#log;
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
          ...(log ? { distr: 3 } : { range: (_, low, high) => this.#range(low, high) }),
        },
      },
      axes: [
        axis({ label: xLabel, labelSize: 20, labelFont: "12px system-ui, sans-serif", size: 28 }),
        axis({ size: sizeOf, ...filter, values: log ? powerTexts : evenTexts }, filter),
      ],
      legend: { show: false },
      cursor: { show: true, y: false, drag: { x: false, y: false } },
      hooks: { draw: [(plot) => this.#drawDots(plot), (plot) => this.#drawRules(plot)] },
    };
  }

  /** All lines have a place, and the dots but for a few far away, which lie on the edge. */
  #range(low: number | null, high: number | null): [number, number] {
    const dots = this.#dots
      .flatMap(({ points }) => points.map(({ y }) => y))
      .filter(Number.isFinite);
    dots.sort((a, b) => a - b);
    const usual = dots.slice(0, Math.ceil(USUAL * dots.length));
    const least = Math.min(low ?? Infinity, dots[0] ?? Infinity);
    const most = Math.max(high ?? -Infinity, usual.at(-1) ?? -Infinity);
    if (!(least <= most)) return [0, 1];
    if (this.options.fromZero) return [Math.min(0, least), most > 0 ? 1.12 * most : 1];
    const room = 0.08 * (most - least);
    return readableSpan(least - room, most + room);
  }

  #drawDots({ ctx, bbox, scales, valToPos }: uPlot): void {
    const top = scales.y?.max ?? Number.POSITIVE_INFINITY;
    let above = 0;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.35;
    const size = 2 * devicePixelRatio;
    for (const { points, colour: name } of this.#dots) {
      ctx.fillStyle = colour(name);
      for (const { x, y } of points) {
        if (this.#log && !(y > 0)) continue;
        if (y > top) above += 1;
        const [left, up] = [valToPos(x, "x", true), valToPos(Math.min(y, top), "y", true)];
        ctx.fillRect(left - size / 2, up - size / 2, size, size);
      }
    }
    if (above > 0) {
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour("muted");
      ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
      ctx.textAlign = "right";
      ctx.textBaseline = "top";
      const text = `at the edge: ${above} ${above === 1 ? "batch" : "batches"} above`;
      ctx.fillText(text, bbox.left + bbox.width - 4, bbox.top + 4);
    }
    ctx.restore();
  }

  #drawRules({ ctx, bbox, valToPos }: uPlot): void {
    ctx.save();
    ctx.fillStyle = ctx.strokeStyle = colour("muted");
    ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.lineWidth = devicePixelRatio;
    ctx.textBaseline = "top";
    ctx.setLineDash([]);
    this.#rules.forEach(({ x, text }, place) => {
      // What happened after the last point of the chart stands at its edge.
      const left = Math.min(bbox.left + bbox.width, valToPos(x, "x", true));
      ctx.beginPath();
      ctx.moveTo(left, bbox.top);
      ctx.lineTo(left, bbox.top + bbox.height);
      ctx.stroke();
      // Words of neighbours do not lie on one another.
      const line = 1 + (place % LABEL_LINES);
      const right = left < bbox.left + bbox.width / 2;
      ctx.textAlign = right ? "left" : "right";
      const down = bbox.top + (4 + 15 * line) * devicePixelRatio;
      ctx.fillText(text, left + (right ? 4 : -4) * devicePixelRatio, down);
    });
    ctx.restore();
  }
}

/** The words of so many rules stand one below the other, and below what is said of dots. */
const LABEL_LINES = 4;

/** The part of the dots, from below, that an axis always has room for. */
const USUAL = 0.97;

/** Labels as in the reports. */
function evenTexts(_: uPlot, splits: number[]): string[] {
  return splits.map(evenLabels(splits));
}

/** As wide as the widest label needs. */
function sizeOf(_: uPlot, labels: string[] | null): number {
  const widest = Math.max(0, ...(labels ?? []).map((label) => label?.length ?? 0));
  return Math.max(52, 7 * widest + 14);
}

/** On a logarithmic axis the powers of ten have their numbers, of very many of them some. */
function powers(_: uPlot, splits: number[]): (number | null)[] {
  const exponent = (value: number) => Math.round(Math.log10(value));
  const isPower = (value: number) => Math.abs(Math.log10(value) - exponent(value)) < 1e-9;
  const count = splits.filter(isPower).length;
  if (count < 2) return splits;
  const stride = Math.ceil(count / MOST_POWERS);
  return splits.map((value) => (isPower(value) && exponent(value) % stride === 0 ? value : null));
}

/** Labels that an axis has room for. */
const MOST_POWERS = 7;

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
function columnsOf(lines: readonly Line[], log: boolean): Column[] {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const places = new Map(xs.map((x, index) => [x, index]));
  const column = (points: readonly LinePoint[], read: (point: LinePoint) => number): Column => {
    const values: Column = new Array(xs.length).fill(undefined);
    for (const point of points) {
      const value = read(point);
      values[places.get(point.x)!] = Number.isFinite(value) && (value > 0 || !log) ? value : null;
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
            // A band that reaches 0 has no lower edge on a logarithmic axis: it ends a little below its line.
            column(points, ({ y, error = 0 }) => (log ? Math.max(y - error, y / 4) : y - error)),
          ]
        : []),
    ]),
  ];
}
