// Redraws a figure for what of it is shown: its drawing is kept, and its coordinates are moved.

import { attributes, numberText, svgElement, within } from "./axes.js";

/** The groups of Plot that are axes. */
const AXIS = /^[xy]-(axis|grid)/;
const COORDINATES = { x1: "x", x2: "x", cx: "x", y1: "y", y2: "y", cy: "y" };

/** @param axes `x` and `y`; @param id of the frame that the drawing is cut to */
export function zoomDrawing(panel, axes, id) {
  const { x, y } = axes;
  const [left, right] = x.range;
  const [bottom, top] = y.range;
  for (const group of panel.children) {
    // Titles and keys stay where they are.
    if (group.getAttribute("aria-description") === "beside the frame") continue;
    if (AXIS.test(group.getAttribute("aria-label"))) continue;
    move(group, axes);
    if (!isOutside(group, axes)) group.setAttribute("clip-path", `url(#${id})`);
  }
  const frame = svgElement("clipPath", { id });
  const size = { width: right - left + 8, height: bottom - top + 8 };
  frame.append(svgElement("rect", { x: left - 4, y: top - 4, ...size }));
  panel.prepend(frame);
  retick(panel, axes, "x", x.ticks(Math.max(3, Math.round((right - left) / 70))));
  retick(panel, axes, "y", y.ticks(Math.max(3, Math.round((bottom - top) / 45))));
}

function move(element, axes) {
  for (const child of element.children) move(child, axes);
  if (element.tagName === "g") return;
  const place = placeOf(element);
  if (place) return moveTo(element, movedPlace(place, element.tagName === "text", axes));
  for (const [name, axis] of Object.entries(COORDINATES)) {
    const value = element.getAttribute(name);
    if (value !== null) element.setAttribute(name, axes[axis].moved(Number(value)).toFixed(2));
  }
  const path = element.getAttribute("d");
  if (path !== null) element.setAttribute("d", movedPath(path, axes));
}

/** Words at the upper edge of the frame and above it, such as those of a change, move sideways alone. */
function movedPlace([left, top], isText, { x, y }) {
  const isAbove = isText && top < y.range[1] + 0.5;
  return [x.moved(left), isAbove || !within(top, y.range) ? top : y.moved(top)];
}

function movedPath(path, axes) {
  const letters = { M: "xy", L: "xy", H: "x", V: "y" };
  return path.replace(/([MLHV])([-\d.,e ]+)/g, (_, command, numbers) => {
    const names = letters[command];
    const moved = numbers
      .split(/[ ,]+/)
      .filter(Boolean)
      .map((number, i) => axes[names[i % names.length]].moved(Number(number)).toFixed(2));
    return command + moved;
  });
}

/** Where an element is moved to by its own transform; undefined without one. */
function placeOf(element) {
  const found = /^translate\(([-\d.]+),([-\d.]+)\)/.exec(element.getAttribute("transform"));
  return found?.slice(1).map(Number);
}

function moveTo(element, [left, top]) {
  const rest = element.getAttribute("transform").replace(/^translate\([^)]*\)/, "");
  const to = [left, top].map((pixel) => pixel.toFixed(2));
  element.setAttribute("transform", `translate(${to})${rest}`);
}

/** Whether all of a group stands above the frame: words of changes. */
function isOutside(group, { y }) {
  const places = [...group.children].map(placeOf);
  return places.length > 0 && places.every((place) => place && !within(place[1], y.range));
}

/** Ticks, labels and grid lines made anew after the first of them. */
function retick(panel, axes, letter, ticks) {
  const axis = axes[letter];
  for (const group of panel.children) {
    const label = group.getAttribute("aria-label") ?? "";
    const sample = group.firstElementChild;
    if (!label.startsWith(letter) || !/(tick|tick label|grid)$/.test(label) || !sample) continue;
    const place = placeOf(sample);
    if (letter === "y" && place && Math.abs(place[0] - axes.x.range[0]) > 1) {
      moveOther(group, axes);
      continue;
    }
    const made = ticks.map((tick) => {
      const at = axis.moved(axis.pixel(tick));
      const copy = sample.cloneNode(true);
      if (!place) return attributes(copy, { [`${letter}1`]: at, [`${letter}2`]: at });
      moveTo(copy, letter === "x" ? [at, place[1]] : [place[0], at]);
      if (label.endsWith("label")) copy.textContent = numberText(tick);
      return copy;
    });
    group.replaceChildren(...made);
  }
}

/** The axis on the right has units of its own: its ticks move, as far as they are still seen. */
function moveOther(group, { y }) {
  for (const tick of [...group.children]) {
    const [left, top] = placeOf(tick);
    const at = y.moved(top);
    if (within(at, y.range)) moveTo(tick, [left, at]);
    else tick.remove();
  }
}
