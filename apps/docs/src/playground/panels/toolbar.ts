import { isDueForAll } from "@eoss/run/internal";
import type { PlaygroundSession } from "../session.js";
import { button, choice, element, setText } from "../ui/dom.js";

export interface ToolbarActions {
  onGo(): void;
  onPause(): void;
  onStep(): void;
  onReset(): void;
  onFork(): void;
  onExtend(): void;
  /** Steps a second at most; null: as many as can be made. */
  onSpeed(stepsPerSecond: number | null): void;
}

const SPEEDS = [
  ["", "as fast as possible"],
  ["100", "100 steps per second"],
  ["30", "30 steps per second"],
  ["10", "10 steps per second"],
  ["2", "2 steps per second"],
] as const;

/** Run, pause, step, reset, fork, speed, and a line that says where the run stands. */
export class Toolbar {
  readonly node: HTMLElement;
  readonly #go: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #reset: HTMLButtonElement;
  readonly #fork: HTMLButtonElement;
  readonly #status = element("p", { class: "status", attributes: { role: "status" } });
  readonly #steps = element("span", { class: "steps" });
  #act: () => void = () => {};

  constructor(actions: ToolbarActions) {
    this.#go = button("Run", () => this.#act(), "primary");
    this.#step = button("One step", () => actions.onStep());
    this.#reset = button("Reset", () => actions.onReset());
    this.#fork = button("Fork a twin", () => actions.onFork());
    const speed = choice("speed", SPEEDS, (value) =>
      actions.onSpeed(value === "" ? null : Number(value)),
    );
    this.node = element(
      "div",
      { class: "toolbar", attributes: { role: "toolbar", "aria-label": "the run" } },
      this.#go,
      this.#step,
      this.#reset,
      this.#fork,
      speed.field,
      this.#status,
      this.#steps,
    );
    this.actions = actions;
  }

  readonly actions: ToolbarActions;

  show({ status, run, twin, state, opened }: PlaygroundSession): void {
    const steps = Number(state.settings.steps);
    const extendable =
      status === "ended" &&
      run?.manifest?.end?.reason === "completed" &&
      isDueForAll(state.settings.every as number | string, steps);
    const [text, act] =
      status === "running" || status === "loading"
        ? (["Pause", this.actions.onPause] as const)
        : extendable
          ? (["Go on", this.actions.onExtend] as const)
          : ([status === "paused" ? "Go on" : "Run", this.actions.onGo] as const);
    this.#act = act;
    setText(this.#go, text);
    this.#go.disabled = status === "failed" || (status === "ended" && !extendable);
    this.#step.disabled = status === "running" || status === "failed" || status === "ended";
    this.#reset.disabled = status === "new" && opened.length === 0;
    this.#fork.disabled = run === undefined || twin !== undefined || status === "ended";
    setText(this.#status, opened.length > 0 ? `${opened.length} opened` : TEXTS[status]);
    const counts = [run, twin].flatMap((one) => (one ? [one.step.toLocaleString("en")] : []));
    setText(this.#steps, run ? `step ${counts.join(" / ")} of ${steps.toLocaleString("en")}` : "");
  }
}

const TEXTS = {
  new: "not started",
  loading: "loading the backend …",
  running: "running",
  paused: "paused",
  ended: "ended",
  failed: "stopped by an error",
} as const;
