import { writeFileSync } from "node:fs";
import { markdownTable } from "@eoss/lab";
import { quantities } from "@eoss/sharpness";
import { REGIMES } from "./regimes.mjs";

const PAGE = new URL("../../docs/coverage.md", import.meta.url);

/** Writes the table of coverage: for each quantity and regime how many measurements hold the truth. */
export function writePage(results) {
  const regimes = Object.keys(REGIMES);
  const cell = (quantity, regime) => {
    const of = results.filter((one) => one.quantity === quantity && one.regime === regime);
    return of.length === 0 ? "–" : ratio(of);
  };
  const rows = Object.values(quantities).map(({ name, over }) => [
    `\`${name}\``,
    over === "batches" ? "mean" : "value",
    ...regimes.map((regime) => cell(name, regime)),
    ratio(results.filter(({ quantity }) => quantity === name)),
  ]);
  const sums = regimes.map((name) => ratio(results.filter(({ regime }) => regime === name)));
  rows.push(["all", "", ...sums, ratio(results)]);
  const header = ["quantity", "is a", ...regimes, "all"];
  writeFileSync(PAGE, `${introduction}\n\n${markdownTable(header, rows)}\n\n${LEFT_OUT}\n`);
}

function ratio(results) {
  return `${results.filter(({ inside }) => inside).length} of ${results.length}`;
}

const introduction = `# Coverage: is the truth inside of what is printed?

How often the truth lies inside of value ± error, the interval that commands, tables and reports print, for every
quantity in ${Object.keys(REGIMES).length} regimes of training. Small networks (300 to 600 parameters) are trained on 14 images of digits and measured
on the way as a run does, on the backend \`wasm\`. The truth comes from dense matrices in float64, by other
programs: JAX for the derivatives, LAPACK for eigenvalues; means over batches are those over all 91 batches there are.

A *mean* has a 95 % interval: about one in twenty is outside. A *value* has a bound: a certified eigenvalue is outside once in
a thousand, and what only rounding separates from the truth never should be. \`node bench/truth/run.mjs --write\` makes this page.`;

const LEFT_OUT = `"–": there is no truth to compare with. The third derivative of a network with kinks is that of one of its pieces,
and \`third-order\` is then a mean over those that its step crosses. Where the top eigenvalue is a double one, cos² with its
eigenvector can be anything up to cos² with the eigenspace; the interval then has to reach from 0 to there.`;
