import { decodeChanges } from "./changes.js";
import { isPlane } from "./dataset.js";
import { snapped } from "./points.js";
import {
  DRAWN,
  type DrawnPoint,
  interventionsOf,
  type PlaygroundState,
  withInterventions,
} from "./state.js";

/** The networks of the menu. */
export const modelChoices = ["mlp", "small cnn", "diagonal-linear", "linear"] as const;

/** A convolutional network that fits 8 × 8 pixels. */
const SMALL_CNN = {
  model: "cnn",
  "model-options": { channels: [4, 4, 8], width: 16, padding: "same" },
};

/** The network of a state, by its name in the menu. */
export function modelOf({ settings }: PlaygroundState): string {
  return settings.model === "cnn" ? "small cnn" : String(settings.model ?? "mlp");
}

export function withModel(state: PlaygroundState, name: string): PlaygroundState {
  const { width, activation, "model-options": _, ...settings } = state.settings;
  if (name === "small cnn") {
    return {
      ...state,
      settings: { ...settings, ...SMALL_CNN, ...(activation !== undefined && { activation }) },
    };
  }
  if (name !== "mlp") return { ...state, settings: { ...settings, model: name } };
  return {
    ...state,
    settings: {
      ...settings,
      model: name,
      width: width ?? [32, 32],
      activation: activation ?? "relu",
    },
  };
}

/** Other data, with as many samples as it has and a network that fits it. */
export function withData(state: PlaygroundState, data: string): PlaygroundState {
  const { samples: _, ...settings } = state.settings;
  const samples = { digits: 512, spirals: 200 }[data];
  const next = { ...state, settings: { ...settings, data, ...(samples && { samples }) } };
  const fitted = capped(next, samples ?? (data === DRAWN ? Math.max(2, state.points.length) : 2));
  if (data === "two-point") return withModel(fitted, "diagonal-linear");
  const model = modelOf(state);
  const fits =
    model === "mlp" || (data === "digits" ? model !== "diagonal-linear" : model === "linear");
  return fits ? fitted : withModel(fitted, "mlp");
}

/** Batches are at most all samples. */
function capped(state: PlaygroundState, samples: number): PlaygroundState {
  const { batch } = state.settings;
  if (typeof batch !== "number" || batch <= samples) return state;
  return { ...state, settings: { ...state.settings, batch: "full" } };
}

export function withPoint(state: PlaygroundState, point: DrawnPoint): PlaygroundState {
  return { ...state, points: [...state.points, snapped(point)] };
}

/** A ready drawing, for those who have no pointer: class 0 in a ring of class 1. */
export function ringDrawing(): DrawnPoint[] {
  return Array.from({ length: 60 }, (_, k) => {
    const label = k % 2 === 0 ? 0 : 1;
    // The golden angle spreads points evenly without chance.
    const angle = 2.399963 * k;
    const radius = label === 0 ? 0.35 * Math.sqrt(k / 60) : 0.65 + 0.2 * (k / 60);
    return snapped({ x: radius * Math.cos(angle), y: radius * Math.sin(angle), label });
  });
}

/**
 * Half the step size where a run diverged: that of its last change of η up to there, or its first.
 *
 * @param plateaus where changes at a plateau took effect, in their order
 */
export function withLowerRate(
  state: PlaygroundState,
  step: number,
  plateaus: readonly number[] = [],
): PlaygroundState {
  const list = interventionsOf(state);
  const seen = [...plateaus];
  const last = list
    .map((words) => {
      const { at, names } = decodeChanges(words);
      const since = at === "plateau" ? (seen.shift() ?? Number.POSITIVE_INFINITY) : at;
      return { words, since, names };
    })
    .filter(({ since, names }) => since <= step && names.includes("lr"))
    .sort((a, b) => a.since - b.since)
    .at(-1)?.words;
  if (last === undefined) {
    return { ...state, settings: { ...state.settings, lr: Number(state.settings.lr) / 2 } };
  }
  const halved = last.replace(/\blr=(\S+)/, (_, rate: string) => `lr=${Number(rate) / 2}`);
  return withInterventions(
    state,
    list.map((words) => (words === last ? halved : words)),
  );
}

/** The schedule of η or b as the form shows it: `cosine to=0.01 steps=1000`, or nothing. */
export function scheduleOf({ settings }: PlaygroundState, key: "lr" | "batch"): string {
  const own = schedulesOf(settings).find((words) => words.startsWith(`${key}=`));
  return own?.slice(key.length + 1) ?? "";
}

export function withSchedule(
  state: PlaygroundState,
  key: "lr" | "batch",
  text: string,
): PlaygroundState {
  const { schedule: _, ...settings } = state.settings;
  const others = schedulesOf(state.settings).filter((words) => !words.startsWith(`${key}=`));
  const schedule = text === "" ? others : [...others, `${key}=${text}`];
  return { ...state, settings: { ...settings, ...(schedule.length > 0 && { schedule }) } };
}

function schedulesOf(settings: PlaygroundState["settings"]): readonly string[] {
  return (settings.schedule as readonly string[] | undefined) ?? [];
}

/** What changes at plateaus, one after another: `lr=0.05`, or `lr=0.05; batch=64`. */
export function plateauChangeOf(state: PlaygroundState): string {
  return interventionsOf(state)
    .filter(isAtPlateau)
    .map((words) => words.replace(AT_PLATEAU, "").trim())
    .join("; ");
}

export function withPlateauChange(state: PlaygroundState, text: string): PlaygroundState {
  const others = interventionsOf(state).filter((words) => !isAtPlateau(words));
  const changes = text.split(";").flatMap((part) => part.trim() || []);
  return withInterventions(state, [...changes.map((words) => `at=plateau ${words}`), ...others]);
}

const AT_PLATEAU = /\bat=plateau\b/;
const isAtPlateau = (words: string) => decodeChanges(words).at === "plateau";

/** Whether points are drawn with the mouse here. */
export function isDrawing({ settings }: PlaygroundState): boolean {
  return settings.data === DRAWN;
}

export function showsPlane({ settings }: PlaygroundState): boolean {
  return isPlane(String(settings.data));
}
