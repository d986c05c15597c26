import { type Field, trainFields } from "@eoss/run";
import { decodePoints, encodePoints } from "./points.js";
import { PAGE_SETTINGS, type PageBackend, type PlaygroundState, pageBackends } from "./state.js";

const fields: Readonly<Record<string, Field>> = trainFields;

/** The state as the part of an address behind "#": the flags of the command line, and a few more. */
export function encodeState({ settings, points, backend, twin }: PlaygroundState): string {
  const query = new URLSearchParams();
  for (const key of PAGE_SETTINGS) {
    const value = settings[key];
    if (value === undefined) continue;
    const { repeated } = fields[key]!;
    const texts = repeated ? (value as readonly string[]) : [textOf(value)];
    for (const text of texts) query.append(key, text);
  }
  if (points.length > 0) query.set("points", encodePoints(points));
  if (backend !== "wasm") query.set("backend", backend);
  if (twin) {
    query.set("twin-at", String(twin.at));
    for (const words of twin.intervene) query.append("twin", words);
  }
  return query.toString();
}

/**
 * The state that an address holds. Whether the settings fit is for `configOf` to say.
 *
 * @param hash with or without "#"
 * @throws RangeError naming the part of the address that cannot be read
 */
export function decodeState(hash: string): PlaygroundState {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const settings: Record<string, unknown> = {};
  for (const key of new Set(query.keys())) {
    if (OTHERS.has(key)) continue;
    if (!(PAGE_SETTINGS as readonly string[]).includes(key)) {
      throw new RangeError(`the address has "${key}", which is not a setting of the playground`);
    }
    settings[key] = fields[key]!.repeated ? query.getAll(key) : readValue(key, query.get(key)!);
  }
  const backend = query.get("backend") ?? "wasm";
  if (!(pageBackends as readonly string[]).includes(backend)) {
    throw new RangeError(
      `the address asks for the unknown backend "${backend}"; allowed: ${pageBackends.join(", ")}`,
    );
  }
  const twinAt = query.get("twin-at");
  if (twinAt !== null && !/^\d+$/.test(twinAt)) {
    throw new RangeError(`the address lets the twin start at "${twinAt}", which is not a step`);
  }
  return {
    settings,
    points: decodePoints(query.get("points") ?? ""),
    backend: backend as PageBackend,
    ...(twinAt !== null && { twin: { at: Number(twinAt), intervene: query.getAll("twin") } }),
  };
}

/** What stands in an address beside settings. */
const OTHERS: ReadonlySet<string> = new Set(["points", "backend", "twin-at", "twin"]);

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function readValue(key: string, text: string): unknown {
  if (fields[key]!.list) return text === "" ? [] : text.split(",").map(scalar);
  if (key !== "model-options") return scalar(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new RangeError(`the address has model-options that are not JSON: ${text}`);
  }
}

function scalar(text: string): string | number {
  return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}
