import { type ChildProcess, fork } from "node:child_process";
import type { MetricRecord, RunManifest, RunProgress } from "@eoss/run";
import { GIVEN_UP } from "../plugins/limited.js";
import type { ReplayOptions } from "../run/replay.js";
import { CORES_VARIABLE } from "./cores.js";
import { processFile } from "./processFile.js";
import { receivedError, type SentError } from "./sentError.js";
import type { ProcessJob, ProcessResult } from "./work.js";

/** What a process is told: do something, or end what is under way as interrupted. */
export type Order = ProcessJob | "abort";

/** What it answers. */
export type Answer =
  | { readonly progress: RunProgress }
  | { readonly records: readonly MetricRecord[]; readonly of: RunManifest }
  | { readonly warning: string }
  | { readonly result: ProcessResult<ProcessJob> }
  | { readonly failed: SentError };

/** Of what a process says on stderr, so many characters are kept to explain its death. */
const LAST_WORDS = 8000;

/**
 * A process that makes runs and curves one after another, seen from outside: it starts with the first
 * of them, and again after it has died.
 */
export class RunProcess {
  #child: ChildProcess | undefined;
  #said = "";

  /** @param cores those that it may use */
  constructor(readonly cores: number) {}

  /**
   * Does one thing at a time.
   *
   * @throws what `perform` throws, by name and message; an Error that says how the process died
   */
  do<W extends ProcessJob>(
    work: W,
    { onProgress, onRecords, onWarning, signal }: ReplayOptions,
  ): Promise<ProcessResult<W>> {
    this.#child ??= this.#start();
    const child = this.#child;
    const send = (order: Order) => child.send(order, () => {});
    const abort = () => send("abort");
    return new Promise<ProcessResult<W>>((resolve, reject) => {
      const settled = () => {
        signal?.removeEventListener("abort", abort);
        child.off("message", onMessage).off("close", onClose).off("error", fail);
      };
      const onMessage = (answer: Answer) => {
        if ("progress" in answer) return onProgress?.(answer.progress);
        if ("records" in answer) return onRecords?.(answer.records, answer.of);
        if ("warning" in answer) return onWarning?.(answer.warning);
        settled();
        if ("result" in answer) resolve(answer.result as ProcessResult<W>);
        else reject(receivedError(answer.failed));
      };
      const fail = (error: Error) => {
        settled();
        reject(error);
      };
      const onClose = (code: number | null, killer: string | null) =>
        fail(new Error(deathText(code, killer, this.#said)));
      child.on("message", onMessage).on("close", onClose).on("error", fail);
      send(work);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort);
    });
  }

  /** Lets the process go. */
  close(): void {
    if (this.#child?.connected) this.#child.disconnect();
    this.#child = undefined;
  }

  /** Ends the process at once: for what nobody is going to read. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  #start(): ChildProcess {
    this.#said = "";
    const child = fork(processFile, [], {
      // Structured clones: progress holds maps and numbers that are not finite.
      serialization: "advanced",
      env: { ...process.env, [CORES_VARIABLE]: String(this.cores) },
      // Results go to stdout, and only this process knows them.
      stdio: ["ignore", 2, "pipe", "ipc"],
    });
    // Also between runs: the next one needs another process.
    const gone = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.on("close", gone).on("error", gone);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      process.stderr.write(text);
      this.#said = (this.#said + text).slice(-LAST_WORDS);
    });
    return child;
  }
}

function deathText(code: number | null, killer: string | null, said: string): string {
  const how = killer === null ? `ended with exit code ${code}` : `was killed (${killer})`;
  const memory = killer === "SIGKILL" ? "; the system does this when memory runs out" : "";
  // Node says so above a list of what it was about to do.
  const noMemory = /^.*(heap out of memory|process OOM).*$/m.exec(said)?.[0].trim();
  if (noMemory) return `the process of the run ${how}: memory ran out (${noMemory})`;
  const words = said.trim().split("\n").at(-1);
  if (words?.startsWith(GIVEN_UP)) return words;
  return `the process of the run ${how}${memory}${words ? `: ${words}` : ""}`;
}
