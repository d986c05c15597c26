/** Fingerprints of the data, code, settings and versions of a run, and the check that they are unchanged. */

import { createHash } from "node:crypto";
import type { Dataset } from "@eoss/data";
import { disposeTree, type ParameterTree } from "@eoss/hvp";
import { ConfigError, type RunInputs, type RunManifest } from "@eoss/run";
import { cardVersions, initialParams } from "@eoss/run/internal";
import { backendVersion, packageVersion } from "../machine/backend.js";
import { kernelsOf, STOCK_KERNELS } from "../machine/kernels.js";
import { otherTfjs } from "../machine/tfjsCopies.js";
import { runningCard } from "../machine/webgpu.js";
import { relativeModule, relativePaths } from "../plugins/paths.js";
import { pluginsOf } from "../plugins/trust.js";
import { RESUME_SETTINGS } from "../run/resumeSettings.js";
import { versions } from "../version.js";
import { codeParts } from "./codeParts.js";
import { sha256 } from "./hash.js";

export interface InputOptions {
  /** Whether to go on with data, code or versions that are not those of the run; default false. */
  readonly acceptChanges?: boolean | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * A manifest as it is kept in a folder: with paths that begin there, and a fingerprint of everything
 * that the run is made of.
 */
export async function withFingerprints(
  directory: string,
  manifest: RunManifest,
  inputs: RunInputs,
): Promise<RunManifest> {
  const kept = { ...manifest, config: relativePaths(manifest.config, directory) };
  return {
    ...kept,
    versions: versionsOf(inputs),
    fingerprints: { ...(await fingerprintsOf(directory, inputs)), settings: settingsOf(kept) },
  };
}

/**
 * Compares what a run was made with and what is there now.
 *
 * @returns what differs, by name
 * @throws ConfigError naming it, unless changes are accepted
 */
export async function checkInputs(
  directory: string,
  manifest: RunManifest,
  inputs: RunInputs,
  { acceptChanges = false, onWarning = () => {} }: InputOptions,
): Promise<string[]> {
  const { fingerprints } = manifest;
  if (fingerprints === undefined) {
    onWarning(
      `${directory}: the run has no fingerprints (an older version of eoss or the playground made it), so ` +
        "changes of its data or code cannot be detected",
    );
    return [];
  }
  const now = { ...(await fingerprintsOf(directory, inputs)), settings: settingsOf(manifest) };
  const changed = [
    ...differing(fingerprints, now).map((name) =>
      name === "settings" ? "the settings in run.json" : name,
    ),
    ...versionChanges({ kernels: STOCK_KERNELS, ...manifest.versions }, versionsOf(inputs)),
  ];
  if (changed.length === 0) return changed;
  const what = `${directory}: changed since the run began: ${changed.join("; ")}`;
  if (!acceptChanges) {
    throw new ConfigError(
      `${what}. Its numbers would change, so nothing was done. Restore the original, or continue ` +
        "anyway with --accept-changes",
    );
  }
  onWarning(`${what}; numbers from here on may differ`);
  return changed;
}

/** Data and weights may be large: those of a run are looked at once. */
const known = new WeakMap<RunInputs, Readonly<Record<string, string>>>();

async function fingerprintsOf(
  directory: string,
  inputs: RunInputs,
): Promise<Readonly<Record<string, string>>> {
  const { config, dataset, heldOut } = inputs;
  const found = known.get(inputs) ?? {
    ...dataPrints("training", dataset),
    ...(heldOut && dataPrints("held-out", heldOut)),
    "initial weights": await initialPrint(inputs),
    ...Object.fromEntries(
      pluginsOf(config).flatMap((name) => {
        const named = relativeModule(name, directory);
        const parts = [...codeParts(name, process.cwd())];
        return parts.map(([part, hash]) => [`code of ${named}: ${part}`, hash]);
      }),
    ),
  };
  known.set(inputs, found);
  return found;
}

/** Of the arrays as they are trained on, wherever they came from. */
function dataPrints(kind: string, { images, labels, targets }: Dataset): Record<string, string> {
  return {
    [`${kind} inputs`]: sha256(images),
    [`${kind} labels`]: sha256(labels),
    ...(targets && { [`${kind} targets`]: sha256(targets.values) }),
  };
}

async function initialPrint(inputs: RunInputs): Promise<string> {
  const params = initialParams(inputs);
  const hash = createHash("sha256");
  for (const [name, tensor] of Object.entries(params)) {
    hash.update(`${name} [${tensor.shape}]\n`).update(await tensor.data());
  }
  disposeTree(params as ParameterTree);
  return hash.digest("hex");
}

function settingsOf({ config }: RunManifest): string {
  const settings = Object.entries(config)
    .filter(([name, value]) => value !== undefined && !isFree(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify(settings));
}

/** A resumed run may change them. */
function isFree(name: string): boolean {
  return RESUME_SETTINGS.some((free) => free === name);
}

function versionsOf({ backend }: RunInputs): Record<string, string> {
  const version = backendVersion(backend);
  const kernels = kernelsOf(backend);
  const others = [...new Set(otherTfjs().map(({ version }) => version))].sort();
  return {
    ...versions,
    ...(others.length > 0 && { "tfjs of plug-ins": others.join(", ") }),
    ...(version !== undefined && { backend: version }),
    ...(kernels !== undefined && { kernels }),
    ...(backend === "webgpu" && webGpuVersions()),
  };
}

/** The graphics card with its driver, what reaches it, and how long a vector it holds. */
function webGpuVersions(): Record<string, string> {
  const webgpu = packageVersion("webgpu");
  return {
    ...(webgpu !== undefined && { webgpu }),
    ...cardVersions(runningCard()!),
  };
}

/** What only one of them has says nothing: another measurement needs other code and other data. */
function differing(
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  return Object.keys(now).filter((name) => Object.hasOwn(then, name) && then[name] !== now[name]);
}

/** Node alone changes no number beyond its last digits: that is said elsewhere. */
function versionChanges(
  then: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] {
  return differing(then, now)
    .filter((name) => name !== "node")
    .map((name) => `${name} ${then[name]}, now ${now[name]}`);
}
