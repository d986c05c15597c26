import { activationNames, initializations } from "@eoss/models";
import { pageDatasets } from "../state/dataset.js";
import {
  modelChoices,
  modelOf,
  plateauChangeOf,
  scheduleOf,
  withData,
  withModel,
  withPlateauChange,
  withSchedule,
} from "../state/edits.js";
import { type PageBackend, type PlaygroundState, pageBackends } from "../state/state.js";
import { choice, element, labelled, select } from "../ui/dom.js";

type Edit = (state: PlaygroundState) => PlaygroundState;

/** The settings that a run begins with. Changing one begins a new run. */
export class SettingsForm {
  readonly node: HTMLElement;
  readonly #shown: ((state: PlaygroundState) => void)[] = [];

  /** @param edit is told what the reader changed */
  constructor(readonly edit: (edit: Edit) => void) {
    this.node = element(
      "details",
      { class: "settings" },
      element("summary", { textContent: "Settings of the run" }),
      element("p", { textContent: "Changing one of these starts a new run." }),
      element(
        "div",
        { class: "fields" },
        this.#choice(
          "data",
          pageDatasets,
          ({ settings }) => String(settings.data),
          (data) => (state) => withData(state, data),
        ),
        this.#number("samples", "samples", { min: 2, max: 1797, step: 1 }),
        this.#choice(
          "network",
          modelChoices,
          modelOf,
          (model) => (state) => withModel(state, model),
        ),
        this.#widths(),
        this.#setting("activation", "activation", activationNames, "relu"),
        this.#setting("init", "initialisation", Object.keys(initializations), "kaiming-normal"),
        this.#number("init-scale", "factor on initial weights", { min: 0.01, step: 0.01 }),
        this.#setting("loss", "loss", ["mse", "cross-entropy"], "mse"),
        this.#number("seed", "seed", { min: 0, step: 1 }),
        this.#number("steps", "steps", { min: 1, step: 1 }),
        this.#number("every", "measure every … steps", { min: 1, step: 1 }),
        this.#number("tolerance", "tolerance of a measurement", {
          min: 0.005,
          max: 0.5,
          step: 0.005,
        }),
        this.#number("top", "eigenvalues of the whole loss", { min: 1, max: 10, step: 1 }),
        this.#text("schedule of η", {
          example: "cosine to=0.01 steps=1000",
          read: (state) => scheduleOf(state, "lr"),
          write: (text) => (state) => withSchedule(state, "lr", text),
        }),
        this.#text("schedule of b", {
          example: "steps at=200:32,400:64",
          read: (state) => scheduleOf(state, "batch"),
          write: (text) => (state) => withSchedule(state, "batch", text),
        }),
        this.#text("change at a plateau", {
          example: "lr=0.05",
          read: plateauChangeOf,
          write: (text) => (state) => withPlateauChange(state, text),
        }),
        this.#text("test for a plateau", {
          example: "quantity=minibs window=10",
          read: ({ settings }) => textOf(settings.plateau),
          write: (text) => set("plateau", text || undefined),
        }),
        this.#optionalNumber("stop-loss", "stop at a loss of"),
        this.#optionalNumber("stop-accuracy", "stop at an accuracy of"),
        this.#text("stop at a plateau", {
          example: "quantity=batch-sharpness window=12",
          read: ({ settings }) => textOf(settings["stop-plateau"]),
          write: (text) => set("stop-plateau", text || undefined),
        }),
        this.#text("share of time for measuring", {
          example: "20%",
          read: ({ settings }) => textOf(settings.budget),
          write: (text) => set("budget", Number(text) || text || undefined),
        }),
        this.#choice(
          "backend",
          pageBackends,
          ({ backend }) => backend,
          (backend) => (state) => ({ ...state, backend: backend as PageBackend }),
        ),
      ),
      element("p", {
        class: "hint",
        textContent:
          "Backends: wasm is the fastest for networks this small. WebGL and WebGPU compute on the " +
          "graphics card. WebGPU is made for large networks, and experimental: parameters and vectors stay on the " +
          "card, and each read of a number waits for it.",
      }),
    );
  }

  /** Fills the form. */
  show(state: PlaygroundState): void {
    for (const show of this.#shown) show(state);
  }

  #choice(
    label: string,
    options: readonly string[],
    read: (state: PlaygroundState) => string,
    write: (value: string) => Edit,
  ): HTMLElement {
    const { field, control } = choice(label, options, (value) => this.edit(write(value)));
    this.#shown.push((state) => select(control, read(state)));
    return field;
  }

  #setting(key: string, label: string, options: readonly string[], standard: string): HTMLElement {
    return this.#choice(
      label,
      options,
      ({ settings }) => String(settings[key] ?? standard),
      (value) => set(key, value),
    );
  }

  #number(key: string, label: string, limits: { min: number; max?: number; step: number }) {
    const control = element("input", {
      type: "number",
      min: String(limits.min),
      step: String(limits.step),
      ...(limits.max && { max: String(limits.max) }),
      onchange: () => {
        if (control.value === "" || !control.checkValidity()) control.reportValidity();
        else this.edit(set(key, Number(control.value)));
      },
    });
    this.#shown.push(({ settings }) => {
      control.value = settings[key] === undefined ? "" : String(settings[key]);
    });
    return labelled(label, control);
  }

  /** A number that may be left out; what it may be is for `configOf` to say. */
  #optionalNumber(key: string, label: string): HTMLElement {
    const control = element("input", {
      type: "number",
      min: "0",
      step: "any",
      placeholder: "never",
      onchange: () => {
        if (!control.checkValidity()) control.reportValidity();
        else this.edit(set(key, control.value === "" ? undefined : Number(control.value)));
      },
    });
    this.#shown.push(({ settings }) => {
      control.value = textOf(settings[key]);
    });
    return labelled(label, control);
  }

  /** Words of a setting, or none. */
  #text(
    label: string,
    field: {
      readonly example: string;
      readonly read: (state: PlaygroundState) => string;
      readonly write: (text: string) => Edit;
    },
  ): HTMLElement {
    const control = element("input", {
      type: "text",
      placeholder: `none; e.g. ${field.example}`,
      title: `e.g. ${field.example}`,
      onchange: () => this.edit(field.write(control.value.trim())),
    });
    this.#shown.push((state) => {
      control.value = field.read(state);
    });
    return labelled(label, control);
  }

  #widths(): HTMLElement {
    const control = element("input", {
      type: "text",
      pattern: "\\s*\\d+(\\s*,\\s*\\d+)*\\s*",
      title: "widths of the hidden layers, separated by commas: 32,32",
      onchange: () => {
        if (control.reportValidity()) this.edit(set("width", control.value.split(",").map(Number)));
      },
    });
    const field = labelled("widths of hidden layers", control);
    this.#shown.push((state) => {
      field.hidden = modelOf(state) !== "mlp";
      control.value = ((state.settings.width as number[] | undefined) ?? []).join(",");
    });
    return field;
  }
}

const textOf = (value: unknown) => (value === undefined ? "" : String(value));

const set =
  (key: string, value: unknown): Edit =>
  (state) => ({ ...state, settings: { ...state.settings, [key]: value } });
