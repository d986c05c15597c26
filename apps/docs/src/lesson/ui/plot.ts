import { evenLabels } from "@eoss/report";

const NAMESPACE = "http://www.w3.org/2000/svg";

/** An element of a drawing. Colours are those of the reports: `var(--eoss-fullbs)`, in either theme. */
function shape<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  text?: string,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

export type Point = readonly [x: number, y: number];

interface Axis {
  /** What the axis shows, at its end. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Where it has numbers. */
  readonly ticks: readonly number[];
  /** Other words for a number, where the axis is no even one. */
  readonly text?: (tick: number) => string;
}

export interface PlotOptions {
  readonly x: Axis;
  readonly y: Axis;
  /** What is seen, in a few words; what it says just now stands in the figure's sentence. */
  readonly label: string;
  /** Height over width, where neither axis may be stretched. */
  readonly ratio?: number;
  /** Called with the place that the reader points at or drags to. */
  readonly onPoint?: (x: number, y: number) => void;
}

const EDGE = { left: 46, right: 12, top: 22, bottom: 30 };

/** A drawing with two axes as wide as its place, and drawn again when that changes. */
export class Plot {
  readonly node: SVGSVGElement;
  #width = 0;
  #shapes: () => readonly SVGElement[] = () => [];
  readonly #clip = `lesson-clip-${++plots}`;
  readonly #resizing = new ResizeObserver(() => this.#draw());
  readonly #options: PlotOptions;

  constructor(options: PlotOptions) {
    this.#options = options;
    this.node = shape("svg", { role: "img", "aria-label": options.label });
    this.#resizing.observe(this.node);
    if (options.onPoint) this.#listen(options.onPoint);
  }

  /** @param shapes what lies between the axes; asked for again when the width changes */
  show(shapes: () => readonly SVGElement[]): void {
    this.#shapes = shapes;
    this.#draw();
  }

  dispose(): void {
    this.#resizing.disconnect();
  }

  x(value: number): number {
    const { from, to } = this.#options.x;
    return EDGE.left + ((value - from) / (to - from)) * (this.#width - EDGE.left - EDGE.right);
  }

  y(value: number): number {
    const { from, to } = this.#options.y;
    return EDGE.top + ((to - value) / (to - from)) * (this.#height - EDGE.top - EDGE.bottom);
  }

  /** A line through points, as an SVG path; what is not finite is left out. */
  path(points: readonly Point[]): string {
    return points
      .filter((point) => point.every(Number.isFinite))
      .map(([x, y], index) => `${index === 0 ? "M" : "L"}${near(this.x(x))} ${near(this.y(y))}`)
      .join("");
  }

  line(points: readonly Point[], colour: string, attributes: Record<string, string | number> = {}) {
    const d = this.path(points);
    return shape("path", { d, fill: "none", stroke: `var(--eoss-${colour})`, ...attributes });
  }

  dot([x, y]: Point, colour: string, radius: number, attributes: Record<string, string> = {}) {
    const at = { cx: near(this.x(x)), cy: near(this.y(y)) };
    return shape("circle", { ...at, r: radius, fill: `var(--eoss-${colour})`, ...attributes });
  }

  text([x, y]: Point, words: string, attributes: Record<string, string | number> = {}) {
    const at = { x: near(this.x(x)), y: near(this.y(y)) };
    return shape("text", { ...at, fill: "var(--eoss-ink)", ...attributes }, words);
  }

  get #height(): number {
    const { ratio } = this.#options;
    if (ratio === undefined) return Math.min(280, Math.max(180, 0.6 * this.#width));
    return ratio * (this.#width - EDGE.left - EDGE.right) + EDGE.top + EDGE.bottom;
  }

  #draw(): void {
    this.#width = this.node.clientWidth || this.node.parentElement?.clientWidth || 320;
    this.node.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
    this.node.setAttribute("height", String(this.#height));
    const inner = shape("g", { "clip-path": `url(#${this.#clip})` });
    inner.append(...this.#shapes());
    this.node.replaceChildren(this.#clipPath(), ...this.#axes(), inner);
  }

  #clipPath(): SVGElement {
    const { x, y } = this.#options;
    const clip = shape("clipPath", { id: this.#clip });
    const [left, top] = [this.x(x.from), this.y(y.to)];
    const size = { width: this.x(x.to) - left, height: this.y(y.from) - top };
    clip.append(shape("rect", { x: left, y: top, ...size }));
    return clip;
  }

  #axes(): SVGElement[] {
    const { x, y } = this.#options;
    const grid = { stroke: "var(--eoss-grid)" };
    const [left, right, top, bottom] = [x.from, x.to, y.to, y.from];
    const words = { fill: "var(--eoss-muted)", "font-size": 12 };
    const { text: xText = evenLabels(x.ticks) } = x;
    const { text: yText = evenLabels(y.ticks) } = y;
    return [
      ...x.ticks.flatMap((tick) => [
        this.line([[tick, bottom], [tick, top]], "grid", grid), // biome-ignore format: two ends
        this.text([tick, bottom], xText(tick), { ...words, dy: 16, "text-anchor": "middle" }),
      ]),
      ...y.ticks.flatMap((tick) => [
        this.line([[left, tick], [right, tick]], "grid", grid), // biome-ignore format: two ends
        this.text([left, tick], yText(tick), { ...words, dx: -6, dy: 4, "text-anchor": "end" }),
      ]),
      this.text([right, bottom], x.label, { ...words, dy: 28, "text-anchor": "end" }),
      this.text([left, top], y.label, { ...words, dx: -40, dy: -9 }),
    ];
  }

  #listen(onPoint: (x: number, y: number) => void): void {
    const tell = (event: PointerEvent) => {
      const { x, y } = this.#options;
      const box = this.node.getBoundingClientRect();
      const back = ({ from, to }: Axis, pixel: number, low: number, high: number) =>
        from + ((to - from) * (pixel - low)) / (high - low);
      onPoint(
        back(x, event.clientX - box.left, this.x(x.from), this.x(x.to)),
        back(y, event.clientY - box.top, this.y(y.from), this.y(y.to)),
      );
    };
    this.node.classList.add("draggable");
    this.node.addEventListener("pointerdown", (event) => {
      this.node.setPointerCapture(event.pointerId);
      tell(event);
    });
    this.node.addEventListener("pointermove", (event) => {
      if (this.node.hasPointerCapture(event.pointerId)) tell(event);
    });
  }
}

let plots = 0;

/** Hundredths of a pixel are enough. */
function near(pixel: number): number {
  return Math.round(100 * pixel) / 100;
}
