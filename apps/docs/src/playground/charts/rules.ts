/** What happened to runs, as upright lines of their charts. */

import type { Trace } from "../run/trace.js";
import type { Rule } from "./lineChart.js";

/** Where runs were changed, died or diverged; one rule where it was at the same step. */
export function rulesOf(traces: readonly Trace[]): Rule[] {
  const rules = new Map<number, string>();
  traces.forEach((trace, index) => {
    for (const { step, text } of [...trace.changes(), ...endsOf(trace)]) {
      const own = index > 0 ? `${trace.label}: ${text}` : text;
      const other = rules.get(step);
      if (other === undefined) rules.set(step, own);
      else if (other !== text) rules.set(step, `${other}, ${own}`);
    }
  });
  return [...rules].map(([x, text]) => ({ x, text }));
}

/** From which step on the network is dead, and where the loss was no longer finite. */
function endsOf({ manifest }: Trace): { readonly step: number; readonly text: string }[] {
  const { collapsed, end } = manifest;
  return [
    ...(collapsed === undefined ? [] : [{ step: collapsed, text: "network dead" }]),
    ...(end?.reason === "diverged" ? [{ step: end.step, text: `diverged at ${end.step}` }] : []),
  ];
}
