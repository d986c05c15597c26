import type { RuleCheck } from "../../src/testing/index.js";
import { arrangementCases } from "./arrangement.js";
import { elementwiseCases } from "./elementwise.js";
import { imageCases } from "./images.js";
import { productCases } from "./products.js";
import { reductionCases } from "./reductions.js";

/** Every op that this package vouches for, in its forms. All backends run the same table. */
export const ruleCases: Readonly<Record<string, readonly RuleCheck[]>> = {
  elementwise: elementwiseCases,
  reductions: reductionCases,
  arrangement: arrangementCases,
  products: productCases,
  images: imageCases,
};
