import { isForeign } from "@eoss/rng/internal";
import {
  type OptimizerSettings,
  type OptimizerTraits,
  optimizerByName,
  traitsFrom,
} from "@eoss/sgd";
import type { RunManifest } from "../formats/manifestSchema.js";

/**
 * What decides about the sharpness that an update of a run is compared with: what the built-in optimizer
 * says, or what `run.json` holds of that of a user. No code is loaded.
 */
export function traitsOf(
  { optimizers = [] }: Pick<RunManifest, "optimizers">,
  settings: OptimizerSettings,
): OptimizerTraits {
  if (!isForeign(settings.name)) return optimizerByName(settings.name);
  const own = keyOf(settings);
  const recorded = optimizers.find((one) => keyOf(one.settings) === own);
  if (recorded !== undefined) return traitsFrom(recorded.traits);
  const words = `run.json does not say what the threshold of ${settings.name} is`;
  const { name } = settings;
  return traitsFrom({
    ...{ name, slots: [], preconditions: false, coupledDecay: 0, threshold: { words } },
  });
}

/** The same settings in any order. */
function keyOf(settings: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}
