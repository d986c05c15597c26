/** A module that does not settle would be waited for without end. */
const PATIENCE = 60_000; // ms

/** The files and packages of users whose code this process runs, as they were named. */
const loaded = new Set<string>();

/**
 * Loads code of a user.
 *
 * @param source what it is called in messages
 * @param patience milliseconds until it is given up
 * @throws Error naming the code if it has not settled by then
 */
export async function loadPlugin<T>(
  source: string,
  load: () => Promise<T>,
  patience = PATIENCE,
): Promise<T> {
  loaded.add(source);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new Error(`${source} was not loaded after ${patience / 1000} s: it waits for something`),
      );
    }, patience);
  });
  try {
    return await Promise.race([load(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What to say where the process ends before its work is done, though nothing failed; undefined if no
 * code of users was loaded, which alone would do so.
 */
export function earlyEndText(): string | undefined {
  if (loaded.size === 0) return undefined;
  return `the process was ended before its work was done, by code that it had loaded: ${[...loaded].join(", ")}`;
}
