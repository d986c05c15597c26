import { edgeOfStability } from "./figures/edgeOfStability.mjs";
import { gapAndExponent } from "./figures/gapAndExponent.mjs";
import { momentumAndAdam } from "./figures/momentumAndAdam.mjs";
import { noiseModels } from "./figures/noiseModels.mjs";
import { sdeLimits } from "./figures/sdeLimits.mjs";
import { batchSharpness, gaussNewtonAndFisher, minibsAndFullbs } from "./figures/smallBatches.mjs";

/** The figures by the name of their page under concepts/, as Markdown. */
const made = {
  "edge-of-stability": edgeOfStability,
  "minibs-and-fullbs": minibsAndFullbs,
  "batch-sharpness": batchSharpness,
  "gap-and-exponent": gapAndExponent,
  "gauss-newton-and-fisher": gaussNewtonAndFisher,
  "noise-models": noiseModels,
  "sde-limits": sdeLimits,
  "momentum-and-adam": momentumAndAdam,
};

/** Draws every figure; what several of them need is computed once. */
export async function figures() {
  const drawn = {};
  for (const [name, make] of Object.entries(made)) drawn[name] = await make();
  return drawn;
}
