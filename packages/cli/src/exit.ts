// Not from lab: help and --version start without it.
import { EossError } from "@eoss/rng";
import { systemErrorWords } from "@eoss/rng/internal";

/** What the process returns. */
export const EXIT = {
  done: 0,
  /** Something failed that the user did not cause. */
  failed: 1,
  /** A flag, a setting or a file is wrong. */
  usage: 2,
  /** The run diverged; its folder is valid. */
  diverged: 3,
  /** Ctrl-C; the folder is valid. */
  interrupted: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** What stands in help texts. */
export const EXIT_MEANING: Readonly<Record<ExitName, string>> = {
  done: "done",
  failed: "failed",
  usage: "a flag, a setting or a file is wrong",
  diverged: "the run diverged; its folder and report are complete",
  interrupted: "interrupted; results so far are kept, and the work can be resumed",
};

/** Of the errors that explain themselves, those that the user did not cause. */
const FAILED: readonly string[] = ["RunWriteError", "PluginTimeError", "GraphicsCardError"];

/** How Node and WebAssembly say that they get no more. */
const NO_MEMORY =
  /array buffer allocation failed|maximum memory size exceeded|out of memory|could not allocate memory|\bOOM\b/i;

/** The line for stderr and the exit code of an error. */
export function explain(error: unknown): { text: string; code: number } {
  if (error instanceof Error && error.name === "AbortError") {
    return { text: "eoss: interrupted", code: EXIT.interrupted };
  }
  if (ranOutOfMemory(error)) {
    const advice = "give it more memory, or take a smaller network, --samples or fewer --workers";
    const text = `eoss: memory ran out (${(error as Error).message}): ${advice}. A run that was under way can be resumed`;
    return { text, code: EXIT.failed };
  }
  if (error instanceof EossError) {
    const code = FAILED.includes(error.name) ? EXIT.failed : EXIT.usage;
    return { text: `eoss: ${error.message}`, code };
  }
  const { path, code } = (error ?? {}) as NodeJS.ErrnoException;
  const words = path === undefined ? undefined : systemErrorWords(error);
  if (words !== undefined) return { text: `eoss: ${path} (${code}): ${words}`, code: EXIT.usage };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `eoss: unexpected error\n${text}`, code: EXIT.failed };
}

/** Also where an error that explains itself says in whose code it was. */
function ranOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const isOurs = error instanceof EossError;
  return (!isOurs && NO_MEMORY.test(error.message)) || ranOutOfMemory(error.cause);
}

/** The exit code of a run by how it ended. */
export function exitCodeOf(reason: string | undefined): number {
  if (reason === "interrupted") return EXIT.interrupted;
  return reason === "diverged" ? EXIT.diverged : EXIT.done;
}
