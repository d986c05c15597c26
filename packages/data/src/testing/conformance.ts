import { checkTypedOptions, flag, optionNames, record, text } from "@eoss/rng/internal";
import { z } from "zod";
import { brokenRule } from "../contract.js";
import { outputsOf } from "../dataset.js";
import type { DatasetKind } from "../define.js";
import { openDataset } from "../open.js";
import { difference, shareOfTest } from "../sameData.js";

export interface ConformanceOptions {
  /** Options of the data set; choose it small. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Folder of the files that it reads. */
  readonly dataDir?: string;
  /** Test samples may be training samples too, as in some real collections; default false. */
  readonly duplicates?: boolean;
}

/** One rule of the contract, as a test for any runner. */
export interface ConformanceTest {
  readonly name: string;
  /** @throws Error saying how the data set breaks the rule */
  run(): Promise<void>;
}

/**
 * The contract of a data set as tests.
 *
 * @example
 * for (const { name, run } of conformance(myData)) test(name, run); // vitest, node:test, mocha, ...
 */
export function conformance<Options>(
  kind: DatasetKind<Options>,
  given: ConformanceOptions = {},
): ConformanceTest[] {
  checkTypedOptions("conformance", given, {
    ...{ options: record("of options of the data set"), dataDir: text, duplicates: flag },
  });
  const { options = {}, dataDir, duplicates = false } = given;
  const open = (more: object = {}) =>
    openDataset(kind as DatasetKind, { options, dataDir, ...more });
  const rules: Record<string, () => Promise<void>> = {
    async "has a name, a description, a schema of options and load"() {
      const rule = brokenRule(kind as never);
      must(rule === undefined, rule ?? "");
      must(/^[a-z0-9][a-z0-9@/_.-]*$/.test(kind.name), `the name "${kind.name}" is not lower case`);
      must(kind.description !== "", "the description is empty");
      const shape = (z.toJSONSchema(kind.options, { io: "input", unrepresentable: "any" })
        .properties ?? {}) as Record<string, { description?: string }>;
      for (const [name, { description }] of Object.entries(shape)) {
        must(description !== undefined, `option ${name} has no description: use .describe("...")`);
      }
    },

    async "refuses options that it does not have"() {
      if (optionNames(kind.options) === undefined) return;
      const error = await open({ options: { ...options, "no-such-option": 1 } }).then(
        () => undefined,
        (reason: Error) => reason,
      );
      must(error !== undefined, "an unknown option was accepted");
    },

    async "gives shapes, labels and finite numbers that fit together"() {
      await open();
    },

    async "gives the same numbers when it is loaded again"() {
      const [first, again] = [await open(), await open()];
      const differs = difference(first.loaded, again.loaded);
      must(differs === undefined, `${differs} differs`);
    },

    async "is of the same shape with another seed, and the same with the same one"() {
      const [usual, other, again] = [
        await open(),
        await open({ seed: 1 }),
        await open({ seed: 1 }),
      ];
      const shapeOf = ({ loaded: { inputShape, task } }: typeof usual) =>
        JSON.stringify([inputShape, task]);
      must(shapeOf(other) === shapeOf(usual), "with another seed it has another shape or task");
      const differs = difference(other.loaded, again.loaded);
      must(differs === undefined, `with seed 1, loaded twice, ${differs} differs`);
      must(
        usual.drawn || difference(usual.loaded, other.loaded) === undefined,
        "with another seed it has other numbers, but never asked for seed or random",
      );
    },

    async "is not changed by one who uses it"() {
      const first = await open();
      const before = first.split().images.slice();
      first.loaded.train.inputs.fill(0);
      const again = await open();
      const images = again.split().images;
      must(
        images.length === before.length && images.every((x, i) => Object.is(x, before[i])),
        "load returns the same array each time: whoever changes it changes the data; return a copy",
      );
    },

    async "holds out samples that training does not see"() {
      const share = shareOfTest((await open()).loaded);
      must(
        duplicates || share === 0,
        `${(100 * share).toPrecision(3)} % of the test samples are training samples too; if the source has them so, say duplicates: true`,
      );
    },

    async "has samples of every class"() {
      const { labels, classes, targets } = (await open()).split();
      if (targets && classes === 0) return;
      const seen = new Set<number>(labels);
      const lacking = Array.from({ length: classes }, (_, label) => label).filter(
        (label) => !seen.has(label),
      );
      must(
        lacking.length === 0,
        `no training sample has the label ${lacking.slice(0, 5).join(", ")}`,
      );
    },

    async "makes batches: a subset is a part of the whole"() {
      const opened = await open();
      const all = opened.split();
      const half = Math.max(1, Math.floor(all.samples / 2));
      const some = opened.split({ samples: half });
      must(some.samples === half, `${half} samples were asked for, ${some.samples} came`);
      must(outputsOf(some) === outputsOf(all), "a subset has another number of outputs");
    },
  };
  return Object.entries(rules).map(([name, run]) => ({ name, run }));
}

function must(holds: boolean, broken: string): void {
  if (!holds) throw new Error(broken);
}
