import { say } from "./print.js";

/** Aborts at the first Ctrl-C or SIGTERM, so that a run can end cleanly; the second one kills. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(130);
    say("\nending the run cleanly; once more to stop at once");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return controller.signal;
}
