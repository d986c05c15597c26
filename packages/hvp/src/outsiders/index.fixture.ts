import { headCases } from "./heads.fixture.js";
import { imageCases } from "./images.fixture.js";
import { layerCases } from "./layers.fixture.js";
import { nestedCases } from "./nested.fixture.js";
import { networkCases } from "./networks.fixture.js";
import { sequenceCases } from "./sequences.fixture.js";
import type { Outsider } from "./values.fixture.js";

export const outsiders: readonly Outsider[] = [
  ...headCases,
  ...networkCases,
  ...sequenceCases,
  ...imageCases,
  ...nestedCases,
  ...layerCases,
];
