/**
 * @eoss/eigen against SciPy, in one run: products and time to a residual of 1e-2, 1e-4 and 1e-8, and
 * what a product costs beyond itself at n = 10⁶.
 *
 *   python3 -m pip install scipy numpy
 *   pnpm --filter @eoss/eigen build && node bench/eigen/run.mjs
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createRandom, float32, float64, lanczos, lobpcg } from "@eoss/eigen";
import { diagonal, operators } from "./operators.mjs";

const SEEDS = [0, 1, 2, 3, 4];
const folder = mkdtempSync(join(tmpdir(), "bench-eigen-"));
const peer = spawn("python3", [fileURLToPath(new URL("peer.py", import.meta.url))], {
  env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  stdio: ["pipe", "pipe", "inherit"],
});
const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
const versions = JSON.parse((await lines.next()).value);
console.log(
  `Node ${process.version}, SciPy ${versions.scipy}, NumPy ${versions.numpy}, one thread each\n`,
);

async function ask(request) {
  peer.stdin.write(`${JSON.stringify(request)}\n`);
  return JSON.parse((await lines.next()).value);
}

/** k start vectors, the same for both sides. */
function startVectors(n, k, seed) {
  const random = createRandom(seed, n);
  const vectors = Array.from({ length: k }, () =>
    Float64Array.from({ length: n }, () => random.normal()),
  );
  const path = join(folder, `${n}-${k}-${seed}.bin`);
  writeFileSync(path, Buffer.concat(vectors.map((v) => Buffer.from(v.buffer))));
  return { vectors, path };
}

function timed(solve) {
  const begin = performance.now();
  const result = solve();
  return { ...result, ms: performance.now() - begin };
}

const mean = (values) => values.reduce((sum, value) => sum + value / values.length, 0);
const round = (value) => value.toFixed(value < 10 ? 1 : 0);

async function compare(method, k, tol) {
  console.log(`### ${method}, k = ${k}, relative residual ${tol}\n`);
  const lanczosColumns =
    "| operator | products | same basis as ARPACK | ARPACK | ratio | ms | ARPACK ms |";
  const lobpcgColumns = "| operator | products | SciPy | ratio | ms | SciPy ms |";
  const header = method === "lanczos" ? lanczosColumns : lobpcgColumns;
  console.log(header);
  console.log(header.replace(/[^|]+/g, "---"));
  for (const [name, operator] of Object.entries(operators())) {
    const ours = [];
    const same = [];
    const theirs = [];
    let failures = "";
    for (const seed of SEEDS) {
      const { vectors, path } = startVectors(operator.n, method === "lanczos" ? 1 : k, seed);
      const common = { k, rtol: tol, maxMatvecs: 20_000 };
      const solve = method === "lanczos" ? lanczos(common) : lobpcg(common);
      const start = method === "lanczos" ? vectors[0] : vectors;
      const mine = timed(() => solve(operator, { start }));
      if (mine.status !== "converged") failures += ` ours: ${mine.status}`;
      ours.push(mine);
      if (method === "lanczos")
        same.push(lanczos({ ...common, basisSize: 20 })(operator, { start }));
      const scale = Math.abs(mine.values.at(-1));
      const request = {
        method: method === "lanczos" ? "eigsh" : "lobpcg",
        operator: name,
        k,
        tol,
        scale,
        start: path,
      };
      const other = await ask(request);
      if (other.failed) failures += " SciPy failed";
      else if (other.residual > 1.01 * tol)
        failures += ` SciPy residual ${other.residual.toExponential(0)}`;
      theirs.push(other);
    }
    const [a, b, c] = [ours, same, theirs].map((runs) => mean(runs.map((r) => r.matvecs)));
    const [ta, tc] = [ours, theirs].map((runs) => mean(runs.map((r) => r.ms ?? Number.NaN)));
    const middle = method === "lanczos" ? ` ${round(b)} |` : "";
    console.log(
      `| ${name}${failures && ` (${failures.trim()})`} | ${round(a)} |${middle} ${round(c)} | ${(a / c).toFixed(2)} | ${round(ta)} | ${round(tc)} |`,
    );
  }
  console.log("");
}

/** CPU time of this process in ms: on a busy machine it says more than the clock. */
function cpu() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What a step costs beyond its product, in units of one pass over the basis. */
function overhead() {
  const n = 1_000_000;
  const basisSize = 26;
  const operator = diagonal(n, (i) => Math.sqrt((i + 1) / n));
  console.log("### Overhead of one product at n = 10⁶, basis of 26\n");
  console.log(
    "A pass is one read of all 26 vectors, their dot products with one vector. CPU time.\n",
  );
  console.log("| vectors | overhead, ms | one pass, ms | passes |\n|---|---|---|---|");
  for (const [name, space, Type] of [
    ["float64", float64(), Float64Array],
    ["float32", float32(), Float32Array],
  ]) {
    const basis = Array.from({ length: basisSize }, (_, j) => new Type(n).fill(1 / (1 + j)));
    const y = new Type(n).fill(1e-3);
    const onePass = () => {
      const begin = cpu();
      for (let i = 0; i < 10; i++) space.dots(basis, y);
      return (cpu() - begin) / 10;
    };
    let inside = 0;
    const watched = {
      n,
      apply(x, out) {
        const begin = cpu();
        operator.apply(x, out);
        inside += cpu() - begin;
      },
    };
    const oneSolve = (seed) => {
      inside = 0;
      const begin = cpu();
      const { matvecs } = lanczos({ rtol: 1e-12, maxMatvecs: 64, basisSize, space, seed })(watched);
      return (cpu() - begin - inside) / matvecs;
    };
    onePass();
    oneSolve(9);
    // In turn, so that both see the same load of the machine; the median of the ratios counts.
    const pairs = Array.from({ length: 5 }, (_, seed) => ({
      step: oneSolve(seed),
      pass: onePass(),
    }));
    pairs.sort((a, b) => a.step / a.pass - b.step / b.pass);
    const { step, pass } = pairs[2];
    console.log(
      `| ${name} | ${step.toFixed(1)} | ${pass.toFixed(1)} | ${(step / pass).toFixed(2)} |`,
    );
  }
  console.log("");
}

try {
  overhead();
  for (const tol of [1e-2, 1e-4, 1e-8]) for (const k of [1, 5]) await compare("lanczos", k, tol);
  for (const tol of [1e-2, 1e-4]) for (const k of [1, 5]) await compare("lobpcg", k, tol);
} finally {
  peer.stdin.end();
  rmSync(folder, { recursive: true });
}
