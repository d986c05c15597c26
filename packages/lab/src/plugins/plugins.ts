import { limited } from "./limited.js";

/** A module that does not settle would be waited for without end. */
const PATIENCE = 60; // s

/** The files and packages of users whose code this process runs, as they were named. */
const loaded = new Set<string>();

/**
 * Loads code of a user.
 *
 * @param source what it is called in messages
 * @param patience seconds until it is given up
 * @throws PluginTimeError naming the code if it has not settled by then
 */
export function loadPlugin<T>(
  source: string,
  load: () => Promise<T>,
  patience = PATIENCE,
): Promise<T> {
  loaded.add(source);
  return limited(`the loading of ${source}`, patience, load)();
}

/**
 * What to say where the process ends before its work is done, though nothing failed; undefined if no
 * code of users was loaded, which alone would do so.
 */
export function earlyEndText(): string | undefined {
  if (loaded.size === 0) return undefined;
  return `the process was ended before its work was done${loadedText()}`;
}

/** Whose code may be behind an end; an empty text, if nobody's. */
export function loadedText(): string {
  return loaded.size === 0 ? "" : `, by code that it had loaded: ${[...loaded].join(", ")}`;
}
