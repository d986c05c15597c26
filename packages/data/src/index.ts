// What works everywhere: data sets without files. For those with files see `node.ts`.

export { alice } from "./alice.js";
export { assemble } from "./assemble.js";
export { type Augmentation, augmented, checkAugmentation } from "./augment.js";
export { type BytePairs, bytePairs } from "./bytePairs.js";
export { DatasetContractError } from "./contract.js";
export {
  type Dataset,
  DatasetError,
  type LabelArray,
  outputsOf,
  type Preprocessing,
  type Split,
  type SplitOptions,
  type Targets,
  type TaskKind,
  taskOf,
} from "./dataset.js";
export {
  type DatasetDefinition,
  type DatasetKind,
  defineDataset,
  type LearningTask,
  type LoadContext,
  type LoadedData,
  type NumberArray,
  type Samples,
  type Standardise,
} from "./define.js";
export { digits } from "./digits.js";
export { withLabelNoise } from "./labelNoise.js";
export { type DatasetName, dataSourceOf, datasetNames, readsFolder } from "./names.js";
export { oneHot } from "./oneHot.js";
export { balancedOrder } from "./order.js";
export { spirals } from "./spirals.js";
export { twoPoint } from "./twoPoint.js";
