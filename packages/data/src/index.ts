export { alice } from "./alice.js";
export {
  type Dataset,
  DatasetError,
  type Preprocessing,
  type Split,
  type SplitOptions,
} from "./dataset.js";
export { digits } from "./digits.js";
export { oneHot } from "./oneHot.js";
export { balancedOrder } from "./order.js";
export { twoPoint } from "./twoPoint.js";
