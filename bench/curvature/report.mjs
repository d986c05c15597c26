import { cpus } from "node:os";
import { jobs, peers } from "./settings.mjs";

const GOAL = 0.01;

const sum = (values) => values.reduce((total, value) => total + value, 0);
const secondsOf = ({ units }) => sum(units.map(({ seconds }) => seconds));
const valuesOf = ({ units }) => units.map(({ value }) => value);
const mean = (values) => sum(values) / values.length;

/** The runs of one job, the best of each peer and tolerance: finished before stopped, then fastest. */
function bestRuns(log, network, job) {
  const best = new Map();
  for (const run of log) {
    if (run.network !== network || run.job !== job || run.peer === "reference") continue;
    const key = `${run.peer} ${run.tolerance}`;
    const old = best.get(key);
    const better =
      old === undefined ||
      (run.end === "done" && (old.end !== "done" || secondsOf(run) < secondsOf(old)));
    if (better) best.set(key, run);
  }
  const order = Object.keys(peers);
  return [...best.values()].sort((a, b) => order.indexOf(a.peer) - order.indexOf(b.peer));
}

const references = (log) => log.filter(({ peer, end }) => peer === "reference" && end === "done");

const referenceOf = (log, network, job) =>
  valuesOf(references(log).find((run) => run.network === network && run.job === job));

/** How often `run` takes the time of `base`, over the units that both have done. */
function ratio(run, base) {
  const common = Math.min(run.units.length, base.units.length);
  if (common === 0) return Number.NaN;
  const first = ({ units }) => sum(units.slice(0, common).map(({ seconds }) => seconds));
  return first(run) / first(base);
}

function errorsOf(run, reference) {
  const values = valuesOf(run);
  const errors = values.map((value, index) => Math.abs(value / reference[index] - 1));
  return {
    worst: Math.max(...errors),
    ofMean: Math.abs(mean(values) / mean(reference.slice(0, values.length)) - 1),
  };
}

const percent = (error) => {
  const text = error < 1e-5 ? "< 0.001 %" : `${(100 * error).toPrecision(2)} %`;
  return error > GOAL ? `**${text}**` : text;
};
const short = (value) =>
  Number.isNaN(value) ? "–" : value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0);

function row(run, reference, bases) {
  const { peer, tolerance, end, message, units, compileSeconds } = run;
  const name = tolerance === "1e-2" ? peer : `${peer}, tol ${tolerance}`;
  const blank = bases.map(() => "–");
  if (units.length === 0) {
    return [name, end === "limit" ? "stopped" : message, "–", "–", "–", ...blank];
  }
  const done = units.length < reference.length ? `; ${end} after ${units.length}` : "";
  const compiled = compileSeconds === undefined ? "" : ` + ${short(compileSeconds)} to compile`;
  const { worst, ofMean } = errorsOf(run, reference);
  return [
    name,
    `${short(secondsOf(run))}${compiled}${done}`,
    short(sum(units.map(({ products }) => products)) / units.length),
    percent(worst),
    percent(ofMean),
    ...bases.map((base) => short(ratio(run, base))),
  ];
}

const titleOf = (network, job) => `### ${network}, ${job}: ${jobs[job]}`;

function table(log, network, job, machine) {
  const runs = bestRuns(log, network, job);
  const reference = referenceOf(log, network, job);
  const bases = runs.filter(({ peer }) => peer.startsWith("eoss"));
  const head = ["who", "seconds", "products each", "worst error", "error of the mean"];
  const rows = [
    [...head, ...bases.map(({ peer }) => `time / ${peer}`)],
    [...head, ...bases].map(() => "---"),
    ...runs.map((run) => row(run, reference, bases)),
  ];
  return [
    `${titleOf(network, job)} (${reference.length})`,
    "",
    machine,
    "",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
    "",
  ];
}

/** Pairs [network, job] that the log has references for. */
const measured = (log) => references(log).map(({ network, job }) => [network, job]);

/** The tables of an earlier report by their titles. */
function knownTables(report) {
  const tables = report.split(/^(?=### )/m).slice(1);
  return new Map(tables.map((text) => [text.split(" (")[0], text.trimEnd()]));
}

/**
 * RESULTS.md: what was measured and how, then a table for each network and job.
 *
 * @param known an earlier report, whose other tables stay
 */
export function report(log, manifest, { cores, libraries, repeats, known }) {
  const machine =
    `${cpus()[0].model}, ${cores} of eoss, Node ${process.versions.node}, ` +
    `${new Date().toISOString().slice(0, 10)}; best of ${repeats}.`;
  const made = measured(log).map(([network, job]) => [
    titleOf(network, job),
    table(log, network, job, machine).join("\n").trimEnd(),
  ]);
  const tables = new Map([...knownTables(known), ...made]);
  const order = Object.keys(jobs).flatMap((job) =>
    Object.keys(manifest.networks).map((network) => titleOf(network, job)),
  );
  const steps = Object.entries(manifest.networks).map(
    ([name, { checkpoints }]) =>
      `${name} after ${checkpoints.at(-1).step} steps (loss of ${manifest.probe} samples ${checkpoints.at(-1).probeLoss.toPrecision(3)})`,
  );
  const ways = Object.entries(peers).map(([name, rule]) => `- **${name}**: ${rule}.`);
  return [
    "# Top Hessian eigenvalues: eoss and its peers",
    "",
    "The same networks, parameters and batches for all, in each table one after another in one run of",
    "`bench/curvature/run.mjs`; tables of different days are of different machines. MSE summed over outputs, " +
      `${manifest.samples} CIFAR-10 images; ${steps.join(", ")}.`,
    "",
    `${libraries.join(", ")}.`,
    "",
    "Time is that of the search, without imports, loading and compilation, after a first search on 16",
    "samples. A product is one Hessian-vector product over all samples of the loss. Errors are those",
    "against a reference known to 1e-6; above 1 % they are bold: there the stop rule was too loose.",
    "A time ratio covers the units that both have done.",
    "",
    ...ways,
    "",
    ...order.flatMap((title) => (tables.has(title) ? [tables.get(title), ""] : [])),
  ].join("\n");
}

/**
 * The best of eoss against the fastest peer that reached 1 %, for each network and job.
 *
 * @param known an earlier line, whose other parts stay
 */
export function summaryLine(log, known = "") {
  const parts = new Map(
    [...known.matchAll(/(\w+ \w+) ([\d.]+ \([^)]+\))/g)].map(([, job, ratio]) => [job, ratio]),
  );
  for (const [network, job] of measured(log)) {
    const reference = referenceOf(log, network, job);
    const done = bestRuns(log, network, job).filter(
      (run) => run.end === "done" && errorsOf(run, reference).worst <= GOAL,
    );
    const fastest = (runs) => runs.sort((a, b) => secondsOf(a) - secondsOf(b))[0];
    const ours = fastest(done.filter(({ peer }) => peer.startsWith("eoss")));
    const theirs = fastest(done.filter(({ peer }) => !peer.startsWith("eoss")));
    if (ours === undefined || theirs === undefined) continue;
    const share = short(ratio(theirs, ours));
    parts.set(`${network} ${job}`, `${share} (${theirs.peer} / ${ours.peer})`);
  }
  const listed = [...parts].map((part) => part.join(" ")).join(", ");
  const what = "time of the fastest peer that reaches 1 % / time of eoss";
  return `- [curvature](curvature/RESULTS.md): ${what}: ${listed}`;
}
