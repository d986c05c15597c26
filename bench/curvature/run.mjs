/**
 * eoss and its peers on the same job: the same networks, parameters and batches, in one run on the same
 * cores. Prints seconds, products, true errors and ratios, and writes them to RESULTS.md, where tables of
 * jobs that this call does not make stay as they are.
 *
 *   python3 -m venv ENV && ENV/bin/pip install -r bench/curvature/requirements.txt
 *   npm run setup && node bench/curvature/run.mjs --python ENV/bin/python
 *
 *   --networks mlp,cnn,resnet10
 *   --jobs minibs16,minibs128,fullbs,tracked      also fullbs1024,tracked1024: 1,024 of the samples
 *   --peers eoss,...                 all of `settings.mjs` unless named
 *   --data DIR                       CIFAR-10, binary version; default ../shared/data/cifar10
 *   --work DIR                       parameters, batches, references and finished runs; a second call
 *                                    with the same folder goes on where the first stopped
 *   --threads N                      of every peer that has threads; default 2
 *   --workers N                      worker threads of eoss on wasm
 *   --repeats N                      runs of each, in turns, of which the best counts; default 1
 *   --units N                        the first N batches or checkpoints only, where all take too long
 *   --limit SECONDS                  after which a peer's process is stopped; default 3600
 *   --until-true                     peers that miss 1 % run again with a tolerance ten times smaller
 *   --quick                          128 samples, two batches, two checkpoints: does it all run?
 */
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hasNative } from "../train/native.mjs";
import { runUnits } from "./process.mjs";
import { report, summaryLine } from "./report.mjs";
import { jobs, networks, peers, sizesOf, usualJobs } from "./settings.mjs";
import { manifestPath, readManifest } from "./workFolder.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const chosen = (text, known) => {
  const names = text?.split(",") ?? Object.keys(known);
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return names;
  throw new RangeError(`unknown: "${unknown}"; known are: ${Object.keys(known).join(", ")}`);
};

const { values: options } = parseArgs({
  options: {
    networks: { type: "string" },
    jobs: { type: "string" },
    peers: { type: "string" },
    data: { type: "string", default: here("../../../shared/data/cifar10") },
    work: { type: "string" },
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "2" },
    workers: { type: "string" },
    repeats: { type: "string", default: "1" },
    units: { type: "string" },
    limit: { type: "string", default: "3600" },
    "until-true": { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
  },
});
const kind = options.quick ? "quick" : "full";
const work = resolve(options.work ?? join(tmpdir(), `eoss-bench-curvature-${kind}`));
const sizes = sizesOf(options.quick);
const networkNames = chosen(options.networks, networks);
const jobNames = chosen(options.jobs ?? usualJobs.join(), jobs);
const peerNames = chosen(options.peers, peers).filter((peer) => {
  if (peer !== "eoss-native" || hasNative) return true;
  console.log("without eoss-native: build it with `node scripts/native-tfjs.mjs`");
  return false;
});
const threads = Number(options.threads);
const limit = Number(options.limit);

function prepare() {
  if (existsSync(manifestPath(work))) return;
  const { samples, batches, checkpoints, steps } = sizes;
  mkdirSync(work, { recursive: true });
  const args = [here("prepare.mjs"), work, options.data, samples, batches, checkpoints, steps];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Command and arguments of a peer for a job. */
function commandOf({ peer, network, job, tolerance }) {
  if (peer.startsWith("eoss")) {
    const backend = peer === "eoss-native" ? "native" : "wasm";
    // The native backend has threads of its own.
    const own = backend === "native" || options.workers === undefined;
    const workers = own ? [] : ["--workers", options.workers];
    const args = [here("eoss.mjs"), work, network, job, "--backend", backend, ...workers, ...units];
    return [process.execPath, ...args];
  }
  const script = here(`python/${peer === "reference" ? peer : `${peer}_peer`}.py`);
  const flags = ["--tolerance", String(tolerance), "--threads", options.threads, ...units];
  return [options.python, script, work, network, job, ...flags];
}

const sameLoss = (loss, { checkpoints }) =>
  Math.abs(loss / checkpoints.at(-1).probeLoss - 1) < 1e-4;

const units = options.units === undefined ? [] : ["--units", options.units];

/** Runs with other cores, or of other units, are other runs. */
const cores = `${threads} ${threads === 1 ? "thread" : "threads"}, ${options.workers ?? "no"} workers`;

/** Lines of JSON, one a finished run, in the work folder. */
const logPath = join(work, "runs.jsonl");
const keyOf = ({ peer, network, job, tolerance, repeat }) =>
  [peer, network, job, tolerance, repeat].join(" ");
function readLog() {
  if (!existsSync(logPath)) return [];
  const entries = readFileSync(logPath, "utf8").trim().split("\n").map(JSON.parse);
  return entries.filter((entry) => entry.cores === cores && entry.most === options.units);
}

/** One run of one peer, or what the work folder knows of it. */
async function runOnce(run) {
  const key = keyOf(run);
  const settled = ({ end, limit: old }) => end === "done" || (end === "limit" && old >= limit);
  const known = readLog().find((entry) => entry.key === key && settled(entry));
  if (known !== undefined) return known;
  const { peer, network, job, tolerance } = run;
  const most = peer === "reference" ? Number.POSITIVE_INFINITY : limit;
  const outcome = await runUnits(commandOf(run), { threads, limit: most });
  if (outcome.loss !== undefined && !sameLoss(outcome.loss, manifest.networks[network])) {
    outcome.end = "failed";
    outcome.message = `its loss of the probe is ${outcome.loss}: another network or other data`;
  }
  const entry = { key, cores, most: options.units, limit, ...run, ...outcome };
  appendFileSync(logPath, `${JSON.stringify(entry)}\n`);
  const seconds = outcome.units.reduce((sum, unit) => sum + unit.seconds, 0);
  const ending = outcome.message ? `${outcome.end}: ${outcome.message}` : outcome.end;
  console.log(`${network} ${job} ${peer} (${tolerance}): ${seconds.toFixed(2)} s, ${ending}`);
  return entry;
}

async function referenceOf(network, job) {
  const run = { peer: "reference", network, job, tolerance: "1e-6", repeat: 0 };
  const { end, message, units } = await runOnce(run);
  if (end !== "done")
    throw new Error(`no reference for ${network} ${job}: ${end} ${message ?? ""}`);
  return units.map(({ value }) => value);
}

const worstError = (units, reference) =>
  Math.max(...units.map(({ value }, index) => Math.abs(value / reference[index] - 1)));

/** All runs of one job, repeats outside so that disturbances hit everybody alike. */
async function compare(network, job) {
  const reference = await referenceOf(network, job);
  for (let repeat = 0; repeat < Number(options.repeats); repeat++) {
    for (const peer of peerNames) {
      const exponents = options["until-true"] && !peer.startsWith("eoss") ? [2, 3, 4, 5] : [2];
      for (const exponent of exponents) {
        const run = { peer, network, job, tolerance: `1e-${exponent}`, repeat };
        const { end, units } = await runOnce(run);
        if (end !== "done" || worstError(units, reference) <= 0.01) break;
      }
    }
  }
}

function versions() {
  const listed = execFileSync(options.python, ["-m", "pip", "list", "--format=json"]).toString();
  const wanted = readFileSync(here("requirements.txt"), "utf8").toLowerCase();
  return JSON.parse(listed)
    .filter(({ name }) => wanted.includes(`\n${name.toLowerCase()}==`))
    .map(({ name, version }) => `${name} ${version}`);
}

prepare();
const manifest = readManifest(work);
const results = options.quick ? join(work, "RESULTS.md") : here("RESULTS.md");
const libraries = versions();
for (const job of jobNames) {
  for (const network of networkNames) {
    try {
      await compare(network, job);
    } catch (error) {
      console.error(error.message);
      continue;
    }
    const known = existsSync(results) ? readFileSync(results, "utf8") : "";
    writeFileSync(results, report(readLog(), manifest, { cores, libraries, known, ...options }));
  }
}
console.log(`\n${readFileSync(results, "utf8")}`);
console.log(`written to ${results}`);
if (!options.quick) putSummary();

/** The one line of this benchmark in the summary of all. */
function putSummary() {
  const path = here("../RESULTS.md");
  const lines = existsSync(path)
    ? readFileSync(path, "utf8").trimEnd().split("\n")
    : ["# Results", ""];
  const place = lines.findIndex((old) => old.startsWith("- [curvature]("));
  const line = summaryLine(readLog(), lines[place]);
  if (place < 0) lines.push(line);
  else lines[place] = line;
  writeFileSync(path, `${lines.join("\n")}\n`);
}
