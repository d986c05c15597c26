/**
 * `lanczos` and `lanczosWithCopies` against ARPACK on fifty matrices whose whole spectrum is known:
 * right, refused or wrong, products, and CPU time in pairs.
 *
 *   python3 -m pip install numpy scipy networkx scikit-learn
 *   pnpm --filter @eoss/eigen build && node bench/eigen/battery.mjs
 *
 * A result is right if it says "converged" and its values are the wanted eigenvalues, each as often as
 * it occurs, within the tolerance; wrong if it says so and they are not.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { lanczos, lanczosWithCopies } from "@eoss/eigen";

const RTOL = 1e-6;
const SEEDS = [0, 1];
const ENDS = { largest: "LA", smallest: "SA", both: "BE" };
const python = process.env.PYTHON ?? "python3";
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const only = new RegExp(process.argv[2] ?? ".");

const folder = mkdtempSync(join(tmpdir(), "bench-battery-"));
const made = spawnSync(python, [here("matrices.py"), folder], { stdio: "inherit" });
if (made.status !== 0) process.exit(1);
const peer = spawn(python, [here("arpack.py"), folder], {
  env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const ask = async (request) => {
  peer.stdin.write(`${JSON.stringify(request)}\n`);
  return JSON.parse((await lines.next()).value);
};

function read(number, end, Type) {
  const { buffer, byteOffset, byteLength } = readFileSync(join(folder, `${number}.${end}`));
  return new Type(buffer.slice(byteOffset, byteOffset + byteLength));
}

function load(number) {
  const rows = read(number, "rows", Int32Array);
  const columns = read(number, "columns", Int32Array);
  const values = read(number, "values", Float64Array);
  const n = rows.length - 1;
  return {
    n,
    spectrum: read(number, "spectrum", Float64Array),
    apply(x, out) {
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let p = rows[i]; p < rows[i + 1]; p++) sum += values[p] * x[columns[p]];
        out[i] = sum;
      }
    },
  };
}

function wanted({ spectrum, n }, k, which) {
  const top = which === "largest" ? k : which === "smallest" ? 0 : Math.ceil(k / 2);
  return [...spectrum.slice(0, top), ...spectrum.slice(n - (k - top))];
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Right, refused or wrong, products and the least CPU time over the seeds. */
function solve(solver, operator, k, which) {
  const { spectrum, n } = operator;
  const truth = wanted(operator, k, which);
  const scale = Math.max(Math.abs(spectrum[0]), Math.abs(spectrum[n - 1]));
  const count = { right: 0, refused: 0, wrong: 0, outside: 0 };
  let products = 0;
  let ms = Number.POSITIVE_INFINITY;
  for (const seed of SEEDS) {
    const begin = cpu();
    const r = solver({ k, which, rtol: RTOL, maxMatvecs: 5000, seed })(operator);
    ms = Math.min(ms, cpu() - begin);
    products += r.matvecs / SEEDS.length;
    const off = truth.map((value, i) => Math.abs(r.values[i] - value));
    // Truth is known to the rounding of LAPACK.
    const slack = 64 * Number.EPSILON * scale;
    const nearest = (value) => Math.min(...spectrum.map((x) => Math.abs(x - value)));
    for (const [i, value] of r.values.entries()) {
      if (nearest(value) > r.errorBounds[i] + slack) count.outside++;
    }
    if (r.status !== "converged") count.refused++;
    else if (off.every((x, i) => x <= RTOL * Math.abs(truth[i]) + slack)) count.right++;
    else count.wrong++;
  }
  return { ...count, products, ms };
}

const geometric = (xs) => Math.exp(xs.reduce((sum, x) => sum + Math.log(x), 0) / xs.length);
const digits = (x) => x.toFixed(x < 10 ? 1 : 0);
const names = JSON.parse(readFileSync(join(folder, "names.json"), "utf8"));
const none = () => ({ right: 0, refused: 0, wrong: 0, outside: 0 });
const total = { plain: none(), copies: none() };
const theirs = { right: 0, refused: 0, wrong: 0 };
const ratios = [];

console.log(`Node ${process.version}, ${SEEDS.length} starts each, rtol ${RTOL}\n`);
console.log(
  "| matrix | n | k | end | with copies: right / refused / wrong | products | `lanczos`: right / refused / wrong | products | ARPACK | ratio | CPU ms | ARPACK | ratio |",
);
console.log("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
for (const [number, name] of names.entries()) {
  if (!only.test(name)) continue;
  const operator = load(number);
  for (const k of [1, 5, 20]) {
    for (const [which, their] of Object.entries(ENDS)) {
      if (k >= operator.n || (which === "both" && k === 1)) continue;
      const copies = solve(lanczosWithCopies, operator, k, which);
      const ours = solve(lanczos, operator, k, which);
      const other = await ask({ number, k, which: their, tol: RTOL, seeds: SEEDS });
      for (const key of Object.keys(none())) {
        total.plain[key] += ours[key];
        total.copies[key] += copies[key];
      }
      const failed = other.failed === SEEDS.length;
      const missed = other.worst > RTOL;
      theirs[failed ? "refused" : missed ? "wrong" : "right"]++;
      const ratio = ours.products / other.products;
      const time = ours.ms / other.ms;
      if (!failed) ratios.push({ k, ratio, time, name, which });
      const note = failed ? " (gives up)" : missed ? " (misses)" : "";
      console.log(
        `| ${name} | ${operator.n} | ${k} | ${which} | ${copies.right} / ${copies.refused} / ${copies.wrong} | ${digits(copies.products)} | ${ours.right} / ${ours.refused} / ${ours.wrong} | ${digits(ours.products)} | ${digits(other.products)}${note} | ${ratio.toFixed(2)} | ${digits(ours.ms)} | ${digits(other.ms)} | ${time.toFixed(1)} |`,
      );
    }
  }
}
const say = (t) =>
  `${t.right} right, ${t.refused} refused, ${t.wrong} wrong; ${t.outside} values outside of their bounds.`;
console.log(`\nlanczosWithCopies: ${say(total.copies)}\n`);
console.log(`lanczos, which says in its message that copies may be missing: ${say(total.plain)}\n`);
console.log(
  `ARPACK, by rows: ${theirs.right} right, ${theirs.wrong} with a wanted value off by more than the tolerance of ‖A‖, ${theirs.refused} given up.\n`,
);
console.log("| k | products, geometric mean | largest | CPU time, geometric mean | largest |");
console.log("|---|---|---|---|---|");
for (const k of [1, 5, 20]) {
  const rows = ratios.filter((row) => row.k === k);
  if (rows.length === 0) continue;
  const most = (key) => rows.reduce((a, b) => (b[key] > a[key] ? b : a));
  const where = (key) => `${most(key)[key].toFixed(2)} (${most(key).name}, ${most(key).which})`;
  console.log(
    `| ${k} | ${geometric(rows.map((r) => r.ratio)).toFixed(2)} | ${where("ratio")} | ${geometric(rows.map((r) => r.time)).toFixed(1)} | ${where("time")} |`,
  );
}
peer.stdin.end();
rmSync(folder, { recursive: true });
