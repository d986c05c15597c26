/** What runs were made with: of one all of it, of several what differs as a table and the rest once. */

import type { OpenedRun } from "@eoss/run";
import { integer } from "@eoss/run/internal";
import { differingSettings, settingText } from "../text/labels.js";
import { html, type Markup } from "./html.js";
import { table } from "./table.js";

type Entries = Readonly<Record<string, unknown>>;

/** Every setting of a run, and what it ran on. */
export function settingsOfRun(run: OpenedRun): Markup {
  return html`<h3>Settings</h3>
${list(run.manifest.config)}
<h3>Environment</h3>
${list(environmentOf(run))}`;
}

/**
 * The settings of several runs: a table of those in which they differ, one row a run, and once what they share.
 *
 * @param labels of the runs, in their order
 */
export function settingsOfRuns(runs: readonly OpenedRun[], labels: readonly string[]): Markup {
  const settings = runs.map(({ manifest }) => manifest.config as Entries);
  const environments = runs.map(environmentOf);
  return html`${
    differences(settings, labels, "Settings in which the runs differ.") ??
    html`<p>The runs have the same settings.</p>`
  }
${differences(environments, labels, "Where and with what they ran, as far as it differs.")}
<details>
<summary>The settings that all runs share</summary>
${list(shared(settings))}
<h3>Environment</h3>
${list(shared(environments))}
</details>`;
}

function differences(
  all: readonly Entries[],
  labels: readonly string[],
  caption: string,
): Markup | null {
  const names = differingSettings(all);
  if (names.length === 0) return null;
  return table(
    caption,
    ["run", ...names],
    all.map((entries, i) => [labels[i], ...names.map((name) => settingText(entries[name]))]),
  );
}

function shared(all: readonly Entries[]): Entries {
  const differing = new Set(differingSettings(all));
  return Object.fromEntries(Object.entries(all[0]!).filter(([name]) => !differing.has(name)));
}

function environmentOf({ manifest }: OpenedRun): Entries {
  const { versions, backend, dataset, model, seeds } = manifest;
  return {
    parameters: model.parameters > 0 ? integer(model.parameters) : "not known",
    "training samples": integer(dataset.samples),
    "data source": dataset.source,
    ...(dataset.notes && { "remarks on the data": dataset.notes.join("; ") }),
    "backend in use": backend,
    "random streams": seeds.streams.join(", "),
    ...versions,
  };
}

function list(entries: Entries): Markup {
  return html`<dl>${Object.entries(entries).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${settingText(value)}</dd></div>\n`,
  )}</dl>`;
}
