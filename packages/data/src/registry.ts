/** All data sets by name. */

import { z } from "zod";
import { loadAlice } from "./alice.js";
import { howToFetch } from "./cifar10/files.js";
import { loadCifar10 } from "./cifar10/load.js";
import { DatasetError } from "./dataset.js";
import { type DatasetKind, defineDataset, type LoadContext, type LoadedData } from "./define.js";
import { loadDigits } from "./digits.js";
import { officialOptions } from "./files/options.js";
import type { DatasetName } from "./names.js";
import { howToPlace, type OfficialName, officialSets } from "./official/files.js";
import type { OfficialOptions } from "./official/load.js";
import { loadSpirals } from "./spirals.js";
import { loadTwoPoint } from "./twoPoint.js";

/** What `--data` knows by name. */
export const datasets: Readonly<Record<DatasetName, DatasetKind>> = {
  digits: defineDataset({
    name: "digits",
    description: "UCI digits: 1,797 images of 8×8×1, ten classes",
    options: officialOptions,
    load: (options, context) => asAsked("UCI digits", loadDigits(), options, context),
  }) as DatasetKind,
  cifar10: defineDataset({
    name: "cifar10",
    description: "CIFAR-10: 50,000 + 10,000 images of 32×32×3, ten classes; files in --data-dir",
    options: officialOptions,
    async load(options, context) {
      const { dataDir, splits } = context;
      const folder = required("cifar10", dataDir);
      const train = await loadCifar10(folder, "train");
      const loaded = splits.includes("test")
        ? { ...train, test: (await loadCifar10(folder, "test")).train }
        : train;
      return asAsked("CIFAR-10", loaded, options, context);
    },
  }) as DatasetKind,
  "two-point": embedded("two-point", "e₁ and e₂ with the target 1: a toy problem", loadTwoPoint),
  alice: embedded("alice", "251 sequences of 16 characters; next-character prediction", loadAlice),
  spirals: defineDataset({
    name: "spirals",
    description: "two spirals of 200 points in the plane",
    options: z.object({}),
    load: (_, { seed }) => loadSpirals(seed),
  }) as DatasetKind,
  mnist: official("mnist", "60,000 + 10,000 digits of 28×28×1"),
  "fashion-mnist": official("fashion-mnist", "60,000 + 10,000 clothes of 28×28×1, ten classes"),
  svhn: official("svhn", "73,257 + 26,032 house numbers of 32×32×3, ten digits"),
  cifar100: official("cifar100", "50,000 + 10,000 images of 32×32×3, 100 classes"),
  cinic10: official("cinic10", "90,000 + 90,000 images of 32×32×3, ten classes"),
  imagenet32: official("imagenet32", "1.28 million images of 32×32×3, 1,000 classes"),
};

/** A data set that is read from its official files. */
function official(name: OfficialName, description: string): DatasetKind {
  return defineDataset({
    name,
    description: `${officialSets[name].title}: ${description}; files in --data-dir`,
    options: officialOptions,
    async load(options, context) {
      const { loadOfficial } = await import("./official/load.js");
      return loadOfficial(name, required(name, context.dataDir), options, context);
    },
  }) as DatasetKind;
}

/** Images as they are, or with classes chosen, another task or constants. */
async function asAsked(
  title: string,
  loaded: LoadedData,
  options: OfficialOptions,
  context: LoadContext,
): Promise<LoadedData> {
  if (Object.keys(options).length === 0) return loaded;
  const { reinterpreted } = await import("./official/load.js");
  return reinterpreted(title, loaded, options, context);
}

/** A data set without files and options. */
function embedded(name: string, description: string, load: () => LoadedData): DatasetKind {
  return defineDataset({ name, description, options: z.object({}), load }) as DatasetKind;
}

function required(name: string, dataDir: string | undefined): string {
  if (dataDir) return dataDir;
  throw new DatasetError(
    `${name} is read from files: give their directory, --data-dir DIR (here: dataDir).\n` +
      (name === "cifar10" ? howToFetch("DIR") : howToPlace(name as OfficialName, "DIR")),
  );
}
