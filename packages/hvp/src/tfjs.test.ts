import { readFileSync } from "node:fs";
import { linearize } from "@eoss/hvp";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import "./backend.fixture.js";
import { isTested, requireTested, TESTED } from "./tfjs.js";

describe("versions of tfjs-core", () => {
  it("are those that package.json asks for", () => {
    const { peerDependencies } = JSON.parse(
      readFileSync(new URL("../package.json", import.meta.url), "utf8"),
    );
    const { major, first, last } = TESTED;
    expect(peerDependencies["@tensorflow/tfjs-core"]).toBe(
      `>=${major}.${first}.0 <${major}.${last + 1}.0`,
    );
  });

  it("others are refused by number, with what to install", () => {
    for (const version of ["4.0.0", "4.22.0", "4.9.1"]) expect(isTested(version)).toBe(true);
    for (const version of ["3.21.0", "4.23.0", "5.0.0-rc.1", "0.0.0"]) {
      expect(() => requireTested(version)).toThrow(
        `tested with @tensorflow/tfjs-core 4.0 to 4.22, and this is ${version}: install`,
      );
    }
  });

  it("a tensor of a copy with an engine of its own is refused", () => {
    const foreign = new (tf.Tensor as unknown as new (...of: unknown[]) => tf.Tensor)(
      [2],
      "float32",
      {},
    );
    const w = tf.ones([2]);
    const copy = "belongs to another copy of @tensorflow/tfjs-core";
    expect(() => linearize(({ w }) => tf.sum(w), { w: foreign })).toThrow(`parameter w ${copy}`);
    expect(() => linearize(() => foreign, { w })).toThrow(`what the loss gives ${copy}`);
    w.dispose();
  });
});
