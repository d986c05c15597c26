import { headCases } from "./heads.js";
import { imageCases } from "./images.js";
import { layerCases } from "./layers.js";
import { nestedCases } from "./nested.js";
import { networkCases } from "./networks.js";
import { sequenceCases } from "./sequences.js";
import type { Outsider } from "./values.js";

export const outsiders: readonly Outsider[] = [
  ...headCases,
  ...networkCases,
  ...sequenceCases,
  ...imageCases,
  ...nestedCases,
  ...layerCases,
];
