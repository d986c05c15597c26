import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { createInterface } from "node:readline";

/**
 * Runs a process that prints JSON lines: `{ seconds, products, value }` for each unit, and once each
 * `{ loss }`, `{ compileSeconds }` and `{ failed }` where there is something to say.
 *
 * @param threads of the numerical libraries; the process gets as many cores
 * @param limit seconds after which it is stopped; the units until then count
 * @returns units and how it ended: `done`, `limit` or `failed` with a message
 */
export async function runUnits(command, { threads, limit }) {
  const fewer = process.platform === "linux" && threads < cpus().length;
  const [program, ...args] = fewer ? ["taskset", "-c", `0-${threads - 1}`, ...command] : command;
  const child = spawn(program, args.map(String), {
    env: { ...process.env, ...threadVariables(threads) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stopped = false;
  const stop = () => {
    stopped = true;
    child.kill("SIGKILL");
  };
  const timer = Number.isFinite(limit) ? setTimeout(stop, 1000 * limit) : undefined;
  let errors = "";
  child.stderr.on("data", (data) => {
    errors = (errors + data).slice(-2000);
  });
  const outcome = { units: [] };
  createInterface({ input: child.stdout }).on("line", (text) => {
    if (!text.startsWith("{")) return;
    const entry = JSON.parse(text);
    if (entry.seconds === undefined) Object.assign(outcome, entry);
    else outcome.units.push(entry);
  });
  const code = await new Promise((ended) => {
    child.on("close", ended);
    child.on("error", (error) => ended(error.message));
  });
  clearTimeout(timer);
  if (stopped) return { ...outcome, end: "limit" };
  if (code === 0 && outcome.failed === undefined) return { ...outcome, end: "done" };
  return {
    ...outcome,
    end: "failed",
    message: outcome.failed ?? (reasonIn(errors) || `exit ${code}`),
  };
}

/** The last line that names an error, or else the last. */
function reasonIn(errors) {
  const lines = errors.trim().split("\n");
  return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
}

function threadVariables(threads) {
  const names = ["OMP", "MKL", "OPENBLAS"].map((library) => `${library}_NUM_THREADS`);
  const all = [...names, "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"];
  return Object.fromEntries(all.map((name) => [name, String(threads)]));
}
