/**
 * `eoss query` over 10,000 run folders: time and memory of questions in SQL, each in a process of its
 * own, so that the memory is its own.
 *
 *   npm run setup && node bench/query/run.mjs [--runs N] [--keep DIR]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { query } from "@eoss/exchange";

const option = (name) => {
  const place = process.argv.indexOf(name);
  return place < 0 ? undefined : process.argv[place + 1];
};

const QUESTIONS = {
  "settings of all runs": "SELECT count(*), avg(lr) FROM runs",
  "mean of each quantity": "SELECT quantity, count(*), avg(value) FROM metrics GROUP BY quantity",
  "plateau against b and η":
    "SELECT batch, lr, avg(minibs * lr / 2) FROM steps JOIN runs USING (run) " +
    "WHERE step >= 3000 GROUP BY ALL ORDER BY ALL",
  "ten sharpest runs":
    "SELECT run, max_by(value, step) AS last FROM metrics WHERE quantity = 'fullbs' " +
    "GROUP BY run ORDER BY last DESC LIMIT 10",
};

const asked = option("--ask");
if (asked !== undefined) {
  const began = performance.now();
  const { rows } = await query(asked, [process.argv.at(-1)]);
  const seconds = (performance.now() - began) / 1000;
  const memory = process.resourceUsage().maxRSS / 1024; // MB
  console.log(JSON.stringify({ seconds, memory, rows: rows.length }));
} else {
  const kept = option("--keep");
  const folder = kept ?? mkdtempSync(join(tmpdir(), "eoss-bench-"));
  try {
    const count = Number(option("--runs") ?? 10_000);
    const bytes = existsSync(join(folder, "r0")) ? undefined : makeRuns(folder, count);
    if (bytes !== undefined)
      console.log(`${count} runs, ${(bytes / 1e6).toFixed(0)} MB of records`);
    console.log(`load before: ${loadavg()[0].toFixed(1)}\n`);
    console.log("| question | rows | seconds | peak memory, MB |\n|---|---|---|---|");
    for (const [name, sql] of Object.entries(QUESTIONS)) {
      const best = [ask(sql, folder), ask(sql, folder), ask(sql, folder)].sort(
        (a, b) => a.seconds - b.seconds,
      )[0];
      const cells = [name, best.rows, best.seconds.toFixed(2), best.memory.toFixed(0)];
      console.log(`| ${cells.join(" | ")} |`);
    }
  } finally {
    if (kept === undefined) rmSync(folder, { recursive: true });
  }
}

function ask(sql, folder) {
  const command = [process.argv[1], "--ask", sql, folder];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Runs of 100 records as training writes them, 20 kB each; the numbers mean nothing. */
function makeRuns(folder, count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const run = join(folder, `r${i}`);
    mkdirSync(run, { recursive: true });
    const batch = 2 ** (i % 8);
    const lr = [0.05, 0.1, 0.2][i % 3];
    writeFileSync(join(run, "run.json"), JSON.stringify(manifest(batch, lr, i)));
    const lines = [];
    for (let step = 0; step < 4000; step += 160) {
      for (const quantity of ["fullbs", "minibs", "batch-sharpness", "loss"]) {
        lines.push(JSON.stringify(record(step, quantity, (2 / lr) * (1 + (i % 7) / 100))));
      }
    }
    const file = join(run, "metrics.jsonl");
    writeFileSync(file, `${lines.join("\n")}\n`);
    bytes += statSync(file).size;
  }
  return bytes;
}

function record(step, quantity, value) {
  return {
    step,
    quantity,
    value,
    standardError: 0.1,
    errorBound: 0.01,
    samples: 256,
    products: 30,
    seconds: 0.01,
    status: "converged",
    ...(quantity === "minibs" && { batches: [value - 1, value, value + 1] }),
  };
}

function manifest(batch, lr, seed) {
  return {
    format: "eoss-run",
    formatVersion: 1,
    config: {
      data: "digits",
      model: "mlp",
      lr,
      batch,
      steps: 4000,
      seed,
      measure: ["fullbs", "minibs"],
    },
    command: "eoss train",
    versions: {},
    backend: "wasm",
    seeds: { seed, streams: [] },
    dataset: { name: "digits", samples: 1536, inputShape: [8, 8, 1], classes: 10, source: "" },
    model: { name: "mlp", parameters: 9610 },
    batchSize: batch,
    plan: { learningRate: lr, batchSize: batch, optimizer: { name: "sgd" }, interventions: [] },
    plateaus: [],
    stabilityThreshold: 2 / lr,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:01:40.000Z",
    end: { reason: "completed", step: 4000, message: "made 4000 steps" },
  };
}
