import { dataSourceOf } from "@eoss/data";
import { datasetNames, digits, loadDataset, readsFolder } from "@eoss/data/node";
import { describe, expect, it } from "vitest";
import { directory, records } from "./cifar10Files.js";

describe("loadDataset", () => {
  it("knows a file by the end of its name, in letters of either case", () => {
    for (const name of ["T.CSV", "t.csv", "x.NPZ", "Train-Images-IDX3-ubyte.gz"]) {
      expect(dataSourceOf(name)).toBe("files");
    }
    expect(dataSourceOf("their-data")).toBe("code");
  });

  it("knows the embedded ones, and those of papers by their files", async () => {
    expect(datasetNames).toEqual([
      ...["digits", "cifar10", "two-point", "alice", "spirals"],
      ...["mnist", "fashion-mnist", "svhn", "cifar100", "cinic10", "imagenet32"],
    ]);
    expect(await loadDataset("digits", { samples: 20 })).toEqual(digits({ samples: 20 }));
    const dataDir = await directory({ "data_batch_1.bin": records([4]) });
    expect((await loadDataset("cifar10", { dataDir })).labels).toEqual(Uint8Array.of(4));
  });

  it.each(datasetNames)("%s reads a folder exactly where that is said of it", async (name) => {
    const without = loadDataset(name, { samples: 2 });
    if (readsFolder(name)) await expect(without).rejects.toThrow("--data-dir DIR");
    else expect(await loadDataset(name, { samples: 2, dataDir: "nowhere" })).toEqual(await without);
  });

  it("lists what is allowed for an unknown name", async () => {
    await expect(loadDataset("cifar-10")).rejects.toThrow(
      /cannot load the data set "cifar-10": .*; did you mean cifar10\?/,
    );
    await expect(loadDataset("toString")).rejects.toThrow('cannot load the data set "toString"');
  });

  it("asks for the directory where one is needed", async () => {
    await expect(loadDataset("cifar10")).rejects.toThrow("--data-dir DIR");
  });
});
