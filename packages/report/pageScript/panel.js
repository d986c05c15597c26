// One panel that can be asked: hovering or arrow keys name a point, dragging zooms.

import { short, withError } from "../../run/src/text/numbers.ts";
import { Axis, attributes, clamped, numberText, svgElement, within } from "./axes.js";
import { zoomDrawing } from "./zoom.js";

/** Pixels around a point in which it answers. */
const NEAR = 30;
const ARROWS = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
};
const square = ([a, b], [c, d]) => (a - c) ** 2 + (b - d) ** 2;

/**
 * @param element the SVG, or the part of one, that a panel is
 * @param data its axes and series
 * @param id that no other panel has
 * @param plot `say(ring, lines)`: shows the words of a point; `zoomed()`: is told of a change
 */
export class Panel {
  constructor(element, data, id, plot) {
    const [x, y] = [new Axis(data.x), new Axis(data.y)];
    Object.assign(this, { element, axes: { x, y }, shade: data.shade, id, plot });
    this.lines = data.s.map(([name, , , xs, values, errors, shift, shades]) =>
      xs.map((at, i) => {
        const error = errors[i] ?? Number.NaN;
        return { name, at, shift, value: values[i], error, shade: shades?.[i] };
      }),
    );
    this.original = element.innerHTML;
    this.chosen = null;
    this.drag = null;
    const on = (name, act) => element.addEventListener(name, act);
    on("pointerdown", (event) => this.press(event));
    on("pointermove", (event) => this.point(event));
    on("pointerup", () => this.release());
    on("pointercancel", () => this.release());
    on("pointerleave", () => this.drag ?? this.choose(null));
    on("dblclick", () => this.reset());
    on("blur", () => this.choose(null));
    on("keydown", (event) => this.pressKey(event));
    const keys = "ArrowLeft ArrowRight ArrowUp ArrowDown + - Escape";
    attributes(element, { tabindex: 0, "aria-keyshortcuts": keys });
  }

  get isWhole() {
    return this.axes.x.isWhole && this.axes.y.isWhole;
  }

  reset() {
    const { x, y } = this.axes;
    if (!this.isWhole) this.show(x.range, y.range);
  }

  /** Shows a part of the whole drawing, in its pixels. */
  show(across, up) {
    this.axes.x.view = across;
    this.axes.y.view = up;
    this.element.innerHTML = this.original;
    if (!this.isWhole) zoomDrawing(this.element, this.axes, this.id);
    this.choose(this.chosen);
    this.plot.zoomed();
  }

  /** Names a point, or none. */
  choose(point) {
    this.chosen = point;
    this.element.querySelector(".ring")?.remove();
    if (point === null || !this.isSeen(point)) return this.plot.say(null, []);
    const [cx, cy] = this.place(point);
    const ring = svgElement("circle", { class: "ring", cx, cy, r: 6 });
    this.element.append(attributes(ring, { fill: "none", stroke: "currentColor" }));
    const { x, y } = this.axes;
    const at = `${x.name} ${numberText(point.at)}`;
    const words =
      this.shade === undefined
        ? [`${at}: ${withError(point.value, point.error)}`, y.name]
        : [`${at}, ${y.name} ${short(point.value)}`, `${this.shade} ${short(point.shade)}`];
    this.plot.say(ring, [point.name, ...words]);
  }

  /** Where a point is shown; one beyond the axis lies on its edge, as it is drawn. */
  place({ at, value, shift }) {
    const { x, y } = this.axes;
    return [x.moved(x.pixel(at)) + shift, y.moved(clamped(y.pixel(value), y.range))];
  }

  isSeen(point) {
    return this.isInside(this.place(point));
  }

  isInside([left, top]) {
    return within(left, this.axes.x.range) && within(top, this.axes.y.range);
  }

  /** The pixels of an event in those of the drawing. */
  local(event) {
    const to = this.element.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(to);
    return [x, y];
  }

  press(event) {
    const at = this.local(event);
    // A finger scrolls the page.
    if (event.button !== 0 || event.pointerType === "touch" || !this.isInside(at)) return;
    this.drag = { from: at, shape: null };
    this.element.setPointerCapture(event.pointerId);
  }

  point(event) {
    const at = this.local(event);
    if (this.drag === null) return this.choose(this.nearest(at));
    const { x, y } = this.axes;
    const { from } = this.drag;
    const across = [from[0], at[0]].map((pixel) => clamped(pixel, x.range)).sort((a, b) => a - b);
    const up = [from[1], at[1]].map((pixel) => clamped(pixel, y.range)).sort((a, b) => b - a);
    if (across[1] - across[0] < 6) return;
    // A flat drag is about the horizontal axis alone.
    const [bottom, top] = up[0] - up[1] < 12 ? y.range : up;
    this.drag.area = [across, [bottom, top]];
    if (this.drag.shape === null) {
      this.drag.shape = svgElement("rect", { fill: "currentColor", "fill-opacity": 0.12 });
      this.element.append(this.drag.shape);
    }
    const size = { width: across[1] - across[0], height: bottom - top };
    attributes(this.drag.shape, { x: across[0], y: top, ...size });
  }

  release() {
    const { shape, area } = this.drag ?? {};
    this.drag = null;
    if (!shape) return;
    const { x, y } = this.axes;
    this.show(
      area[0].map((pixel) => x.back(pixel)),
      area[1].map((pixel) => y.back(pixel)),
    );
  }

  nearest(at) {
    const distance = (point) => square(this.place(point), at);
    const seen = this.lines.flat().filter((point) => this.isSeen(point));
    const best = seen.reduce((a, b) => (a && distance(a) <= distance(b) ? a : b), null);
    // A cell of a heat map may be wider than that.
    const from = best && (this.shade === undefined ? at : [this.place(best)[0], at[1]]);
    return best && square(this.place(best), from) < NEAR ** 2 ? best : null;
  }

  pressKey(event) {
    const { key } = event;
    if (ARROWS[key]) this.go(ARROWS[key]);
    else if (key === "+" || key === "=") this.zoomBy(0.5);
    else if (key === "-") this.zoomBy(2);
    else if (key === "Escape" || key === "0") this.reset();
    else return;
    event.preventDefault();
  }

  /** To the next point of a line, or to the next line. */
  go([lines, points]) {
    const seen = this.lines
      .map((line) => line.filter((point) => this.isSeen(point)))
      .filter((line) => line.length > 0);
    if (seen.length === 0) return;
    const line = seen.findIndex((points) => points.includes(this.chosen));
    if (line < 0) return this.choose(seen[0][0]);
    if (lines !== 0) {
      const gap = ({ at }) => Math.abs(at - this.chosen.at);
      const next = seen[(line + lines + seen.length) % seen.length];
      return this.choose(next.reduce((a, b) => (gap(b) < gap(a) ? b : a)));
    }
    this.choose(seen[line][seen[line].indexOf(this.chosen) + points] ?? this.chosen);
  }

  /** Shows less or more, around the chosen point or the middle. */
  zoomBy(factor) {
    const axes = Object.values(this.axes);
    const middle = axes.map(({ range: [a, b] }) => (a + b) / 2);
    const around = this.chosen ? this.place(this.chosen) : middle;
    const [across, up] = axes.map((axis, i) =>
      axis.range.map((end) => {
        const pixel = axis.back(around[i] + (end - around[i]) * factor);
        return clamped(pixel, axis.range);
      }),
    );
    this.show(across, up);
  }
}

/** Places at even distances are `[[first, distance, count]]`; a row of a heat map has one value. */
export function decoded([name, color, dash, places, values, errors, shift, shades]) {
  const [[first, distance, count] = []] = Array.isArray(places[0]) ? places : [];
  const all = count ? Array.from({ length: count }, (_, i) => first + i * distance) : places;
  return [
    name,
    color,
    dash,
    all,
    shades ? all.map(() => values[0]) : values,
    errors,
    shift,
    shades,
  ];
}
