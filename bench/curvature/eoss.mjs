/**
 * One job with eoss, as a process of its own; prints one JSON line for each unit.
 *
 *   node bench/curvature/eoss.mjs WORK NETWORK JOB --backend wasm|native [--workers N] [--units N]
 *
 * Threads take single batches side by side, and chunks of the samples in a product of the full batch.
 */
import { parseArgs } from "node:util";
import { startBackend } from "./backend.mjs";
import { openNetwork } from "./network.mjs";
import { openThreads } from "./threads.mjs";

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: "string" },
    workers: { type: "string", default: "1" },
    units: { type: "string" },
  },
});
const [work, network, job] = positionals;
const workers = Number(options.workers);
const emit = (line) => console.log(JSON.stringify(line));
const report = (seconds, { products, value, status }) => emit({ seconds, products, value, status });

await startBackend(options.backend);
const opened = openNetwork(work, network);
const units = opened.unitsOf(job).slice(0, Number(options.units ?? Infinity));
emit({ loss: opened.loss(opened.probe) });
const threads =
  workers > 1 ? await openThreads(workers, { work, network, backend: options.backend }) : undefined;

if (job.startsWith("minibs")) await batches();
else await fullBatch();
await threads?.close();

/** λmax of each batch from scratch. Seconds are those since the unit before: together the wall time. */
async function batches() {
  const begin = (unit, index) =>
    threads ? threads.do(index, "topEigenvalue", unit, index) : opened.topEigenvalue(unit, index);
  // The first of a thread compiles, allocates and starts threads of its own.
  for (let k = 0; k < workers; k++) await begin(opened.probe, 1000 + workers * 1000 + k);
  const running = threads ? units.map(begin) : [];
  let before = performance.now();
  for (const [index, unit] of units.entries()) {
    const found = await (running[index] ?? begin(unit, index));
    const now = performance.now();
    report((now - before) / 1000, found);
    before = now;
  }
}

async function fullBatch() {
  await opened.topEigenvalue(opened.probe, 1001, { tracked: true });
  for (let k = 0; threads && k < workers; k++) {
    await threads.do(k, "topEigenvalue", opened.probe, 1001 + k, { tracked: true });
  }
  opened.forget();
  for (const [index, unit] of units.entries()) {
    const began = performance.now();
    const executor = threads && executorOf(unit);
    const found = await opened.topEigenvalue(unit, index, { tracked: true, executor });
    report((performance.now() - began) / 1000, found);
  }
}

/** Products of the chunks of a unit, made in the threads and added in their order. */
function executorOf(unit) {
  return {
    concurrency: workers,
    async multiply(chunks, x, use) {
      const products = chunks.map(({ indices }, place) =>
        threads.do(place, "multiply", unit, indices, x),
      );
      for (const [place, chunk] of chunks.entries()) use(await products[place], chunk);
    },
  };
}
