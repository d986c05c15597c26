import { say } from "./print.js";

let underWay = false;

/** Whether something goes on that must not be lost with its terminal. */
export function isWorkUnderWay(): boolean {
  return underWay;
}

/**
 * Aborts at the first Ctrl-C, SIGTERM or loss of the terminal (SIGHUP), so that a run can end cleanly;
 * a second Ctrl-C or SIGTERM kills. A terminal that is closed may send several SIGHUPs.
 *
 * @param what looking at something ends when nobody reads what is seen; work does not
 */
export function interruptSignal(what: "work" | "look" = "work"): AbortSignal {
  underWay = what === "work";
  const controller = new AbortController();
  const stop = () => {
    say("\nending the run cleanly; press again to stop at once");
    controller.abort();
  };
  const stopOrKill = () => (controller.signal.aborted ? process.exit(130) : stop());
  process.on("SIGINT", stopOrKill);
  process.on("SIGTERM", stopOrKill);
  process.on("SIGHUP", () => controller.signal.aborted || stop());
  return controller.signal;
}
