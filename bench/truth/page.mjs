import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { markdownTable } from "@eoss/report";
import { quantities } from "@eoss/sharpness";
import { REGIMES } from "./regimes.mjs";

const PAGE = new URL("../../docs/coverage.md", import.meta.url);
const RESULTS = new URL("results.json", import.meta.url);

const read = () => (existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : {});

/** The quantities of which nothing is kept in a regime. */
export function missing(regime) {
  const counts = read()[regime]?.counts ?? {};
  return Object.keys(quantities).filter((name) => !(name in counts));
}

/**
 * Keeps what a regime gave, for the page: [inside, of] by quantity, and what was outside.
 *
 * @param names the quantities that were measured; of all others, what was kept before stays
 */
export function keep(regime, names, results) {
  const kept = read();
  const before = kept[regime] ?? { counts: {}, outside: [] };
  const counts = Object.fromEntries(
    Object.keys(quantities).flatMap((name) => {
      if (!names.includes(name)) return name in before.counts ? [[name, before.counts[name]]] : [];
      const own = results.filter(({ quantity }) => quantity === name);
      return [[name, [own.filter(({ inside }) => inside).length, own.length]]];
    }),
  );
  const outside = [
    ...before.outside.filter(({ quantity }) => !names.includes(quantity)),
    ...results.filter(({ inside }) => !inside).map(({ inside: _, ...one }) => one),
  ];
  const all = { ...kept, [regime]: { counts, outside } };
  const ordered = Object.keys(REGIMES).filter((name) => name in all);
  const content = Object.fromEntries(ordered.map((name) => [name, all[name]]));
  writeFileSync(RESULTS, `${JSON.stringify(content, null, 2)}\n`);
}

/** Writes the table of coverage: for each quantity and regime how many measurements hold the truth. */
export function writePage() {
  const kept = read();
  const regimes = Object.keys(REGIMES).filter((name) => name in kept);
  const names = Object.keys(quantities);
  const cell = (name, regime) => kept[regime].counts[name];
  const rows = names.map((name) => {
    const cells = regimes.map((regime) => cell(name, regime));
    const is = quantities[name].over === "batches" ? "mean" : "value";
    return [name, is, ...cells.map(ratio), ratio(sum(cells))];
  });
  const sums = regimes.map((regime) => sum(names.map((name) => cell(name, regime))));
  rows.push(["all", "", ...sums.map(ratio), ratio(sum(sums))]);
  const header = ["quantity", "is a", ...regimes, "all"];
  writeFileSync(
    PAGE,
    `${introduction(regimes.length)}\n\n${markdownTable(header, rows)}\n${LEFT_OUT}\n`,
  );
}

const sum = (cells) =>
  cells.reduce(([a, b], [inside, of] = [0, 0]) => [a + inside, b + of], [0, 0]);

const ratio = (cell) => {
  if (cell === undefined) return "not run";
  const [inside, of] = cell;
  return of === 0 ? "–" : `${inside} of ${of}`;
};

const introduction = (count) => `# Coverage: is the truth inside of what is printed?

How often the truth lies inside of value ± error, the interval that commands, tables and reports print, for every
quantity in ${count} regimes of training. Small networks (300 to 500 parameters) are trained on 10 images of digits and measured
on the way as a run does, on the backend \`wasm\`. The truth comes from dense matrices in float64, by other
programs: JAX for the derivatives, LAPACK for eigenvalues; means over batches are those over all 45 batches there are.

A *mean* has a 95 % interval: about one in twenty is outside. A *value* has a bound: a certified eigenvalue is outside once in
a thousand, and what only rounding separates from the truth never should be. \`node bench/truth/run.mjs\` makes this page.`;

const LEFT_OUT = `"–": there is no truth to compare with; "not run": a quantity later than the regime's last run. The third derivative of a network with kinks is that of one of its pieces,
and \`third-order\` is then a mean over those that its step crosses. Where the top eigenvalue is a double one, cos² with its
eigenvector can be anything up to cos² with the eigenspace; the interval then has to reach from 0 to there. The top 3
eigenvectors have no truth where the third eigenvalue is a double one, and a mean over batches has none where some batches have
no value. \`stochastic-gap\` and \`central-flow-amplitude\` count where they give a number. For \`max-norm-sharpness\` and \`spectral-norm-sharpness\`, which
nothing computes exactly, the truth is the largest curvature that another search finds in float64 from 60 starts.`;
