import type { RuleCheck } from "../../testing/index.js";
import { arrangementCases } from "./arrangement.fixture.js";
import { elementwiseCases } from "./elementwise.fixture.js";
import { functionCases } from "./functions.fixture.js";
import { imageCases } from "./images.fixture.js";
import { indexingCases } from "./indexing.fixture.js";
import { productCases } from "./products.fixture.js";
import { reductionCases } from "./reductions.fixture.js";
import { resizingCases } from "./resizing.fixture.js";
import { volumeCases } from "./volumes.fixture.js";

/** Every op that this package vouches for, in its forms. All backends run the same table. */
export const ruleCases: Readonly<Record<string, readonly RuleCheck[]>> = {
  elementwise: elementwiseCases,
  reductions: reductionCases,
  arrangement: arrangementCases,
  products: productCases,
  images: imageCases,
  functions: functionCases,
  indexing: indexingCases,
  resizing: resizingCases,
  volumes: volumeCases,
};
