import { defineOptimizer } from "./define.js";

/**
 * An update rule of another program that eoss knows nothing of: no sharpness is compared with anything, and
 * nothing can be trained with it.
 */
export const unknown = defineOptimizer({
  name: "unknown",
  description: "an update rule of another program",
  defaults: {},
  slots: [],
  threshold: {
    none: "the update rule is another program's, and its limit of stability is not known",
  },
  update: () => {
    throw new RangeError("nothing can be trained with an unknown optimizer");
  },
});
