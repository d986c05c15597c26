/** All data sets by name. */

import { z } from "zod";
import { loadAlice } from "./alice.js";
import { howToFetch } from "./cifar10/files.js";
import { loadCifar10 } from "./cifar10/load.js";
import { DatasetError } from "./dataset.js";
import { type DatasetKind, defineDataset, type LoadedData } from "./define.js";
import { loadDigits } from "./digits.js";
import type { DatasetName } from "./names.js";
import { loadSpirals } from "./spirals.js";
import { loadTwoPoint } from "./twoPoint.js";

/** What `--data` knows by name. */
export const datasets: Readonly<Record<DatasetName, DatasetKind>> = {
  digits: embedded("digits", "UCI digits: 1,797 images of 8×8×1, ten classes", loadDigits),
  cifar10: defineDataset({
    name: "cifar10",
    description: "CIFAR-10: 50,000 + 10,000 images of 32×32×3, ten classes; files in --data-dir",
    options: z.object({}),
    async load(_, { dataDir, splits }) {
      const folder = required("cifar10", dataDir);
      const train = await loadCifar10(folder, "train");
      if (!splits.includes("test")) return train;
      return { ...train, test: (await loadCifar10(folder, "test")).train };
    },
  }) as DatasetKind,
  "two-point": embedded("two-point", "e₁ and e₂ with the target 1: a toy problem", loadTwoPoint),
  alice: embedded("alice", "251 sequences of 16 characters; next-character prediction", loadAlice),
  spirals: embedded("spirals", "two spirals of 200 points in the plane", loadSpirals),
};

/** A data set without files and options. */
function embedded(name: string, description: string, load: () => LoadedData): DatasetKind {
  return defineDataset({ name, description, options: z.object({}), load }) as DatasetKind;
}

function required(name: string, dataDir: string | undefined): string {
  if (dataDir) return dataDir;
  throw new DatasetError(
    `${name} is read from files: give their directory, --data-dir DIR (here: dataDir).\n${howToFetch("DIR")}`,
  );
}
