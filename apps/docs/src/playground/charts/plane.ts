import type { Dataset } from "@eoss/data";
import { type Decision, REACH } from "../worker/plane.js";
import { colour, isDark } from "./theme.js";

const PIXELS = 300;

/** Coordinates, [n × 2], and classes of points of the plane. */
export type PlanePoints = Pick<Dataset, "images" | "labels">;

/** Points of the plane, over the decision of the network where there is one. */
export class PlaneView {
  readonly canvas: HTMLCanvasElement;
  #shown: readonly unknown[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
    canvas.width = canvas.height = PIXELS * Math.ceil(devicePixelRatio);
  }

  update(points: PlanePoints, decision: Decision | undefined): void {
    const shown = [points, decision, isDark()];
    if (shown.every((part, k) => part === this.#shown[k])) return;
    this.#shown = shown;
    const context = this.canvas.getContext("2d")!;
    const { width } = this.canvas;
    context.fillStyle = colour("page");
    context.fillRect(0, 0, width, width);
    if (decision) drawDecision(context, decision, width);
    const radius = width / 110;
    for (const [index, label] of points.labels.entries()) {
      const [x, y] = [points.images[2 * index]!, points.images[2 * index + 1]!];
      context.beginPath();
      const [left, top] = [place(x, width), width - place(y, width)];
      // Told apart by shape too: circles and squares.
      if (label === 0) context.arc(left, top, radius, 0, 2 * Math.PI);
      else context.rect(left - radius, top - radius, 2 * radius, 2 * radius);
      context.fillStyle = colour(label === 0 ? "minibs" : "fullbs");
      context.fill();
      context.lineWidth = width / 400;
      context.strokeStyle = colour("page");
      context.stroke();
    }
  }

  /** Where the pointer is, in the plane. */
  pointAt({ clientX, clientY }: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return {
      x: REACH * ((2 * (clientX - left)) / width - 1),
      y: REACH * (1 - (2 * (clientY - top)) / height),
    };
  }
}

const place = (x: number, width: number) => ((x / REACH + 1) / 2) * width;

function drawDecision(
  context: CanvasRenderingContext2D,
  { side, difference }: Decision,
  width: number,
): void {
  const image = new ImageData(side, side);
  const [zero, one] = [rgb(colour("minibs")), rgb(colour("fullbs"))];
  for (const [cell, value] of difference.entries()) {
    const strength = (isDark() ? 110 : 90) * Math.min(1, Math.abs(value));
    image.data.set([...(value < 0 ? zero : one), 25 + strength], 4 * cell);
  }
  const small = new OffscreenCanvas(side, side);
  small.getContext("2d")!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(small, 0, 0, width, width);
}

function rgb(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
