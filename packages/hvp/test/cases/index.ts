import type { RuleCheck } from "../../src/testing/index.js";
import { arrangementCases } from "./arrangement.js";
import { elementwiseCases } from "./elementwise.js";
import { functionCases } from "./functions.js";
import { imageCases } from "./images.js";
import { indexingCases } from "./indexing.js";
import { productCases } from "./products.js";
import { reductionCases } from "./reductions.js";
import { resizingCases } from "./resizing.js";
import { volumeCases } from "./volumes.js";

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
