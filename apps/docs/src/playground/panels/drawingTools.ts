import type { PlaneView } from "../charts/plane.js";
import { isDrawing, ringDrawing, withPoint } from "../state/edits.js";
import type { PlaygroundState } from "../state/state.js";
import { button, choice, element } from "../ui/dom.js";

const MOST_POINTS = 300;

/** Draws points of two classes into the plane, with the mouse or a finger. */
export class DrawingTools {
  readonly node: HTMLElement;
  readonly #label: HTMLSelectElement;
  #state: PlaygroundState | undefined;

  constructor(
    readonly plane: PlaneView,
    readonly edit: (edit: (state: PlaygroundState) => PlaygroundState) => void,
  ) {
    const label = choice(
      "class to draw",
      [
        ["0", "0, circles"],
        ["1", "1, squares"],
      ],
      () => {},
    );
    this.#label = label.control;
    this.node = element(
      "section",
      { class: "drawing", hidden: true },
      element("p", {
        textContent:
          "Draw points of both classes into the plane below. Drawing starts a new run; your points are " +
          "part of the link.",
      }),
      label.field,
      button("A ring", () => this.edit((state) => ({ ...state, points: ringDrawing() }))),
      button("Clear", () => this.edit((state) => ({ ...state, points: [] }))),
    );
    let last = { x: 9, y: 9 };
    const draw = (event: PointerEvent) => {
      const point = plane.pointAt(event);
      if (Math.hypot(point.x - last.x, point.y - last.y) < 0.08) return;
      last = point;
      this.#add(point);
    };
    plane.canvas.addEventListener("pointerdown", (event) => {
      if (!this.#drawing) return;
      plane.canvas.setPointerCapture(event.pointerId);
      last = { x: 9, y: 9 };
      draw(event);
    });
    plane.canvas.addEventListener("pointermove", (event) => {
      if (this.#drawing && plane.canvas.hasPointerCapture(event.pointerId)) draw(event);
    });
  }

  show(state: PlaygroundState): void {
    this.#state = state;
    this.node.hidden = !this.#drawing;
    this.plane.canvas.classList.toggle("drawable", this.#drawing);
    this.plane.canvas.closest("figure")?.classList.toggle("first", this.#drawing);
  }

  get #drawing(): boolean {
    return this.#state !== undefined && isDrawing(this.#state);
  }

  #add({ x, y }: { x: number; y: number }): void {
    if (Math.max(Math.abs(x), Math.abs(y)) > 1) return;
    if (this.#state!.points.length >= MOST_POINTS) return;
    const label = this.#label.value === "0" ? 0 : 1;
    this.edit((state) => withPoint(state, { x, y, label }));
  }
}
