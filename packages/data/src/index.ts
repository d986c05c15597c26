/** What works everywhere: data sets without files. For those with files see `node.ts`. */

export { alice } from "./alice.js";
export {
  type Dataset,
  DatasetError,
  type Preprocessing,
  type Split,
  type SplitOptions,
} from "./dataset.js";
export { digits } from "./digits.js";
export { type DatasetName, datasetNames } from "./names.js";
export { oneHot } from "./oneHot.js";
export { balancedOrder } from "./order.js";
export { spirals } from "./spirals.js";
export { twoPoint } from "./twoPoint.js";
