import { describe, expect, it } from "vitest";
import { alice } from "./alice.js";
import { ALICE_TEXT } from "./aliceText.js";

const alphabet = [...new Set(ALICE_TEXT)].sort();
const textOf = (tokens: Iterable<number>) => [...tokens].map((token) => alphabet[token]).join("");

describe("alice", () => {
  it("is the text in samples of 16 characters, targets one ahead", () => {
    const { samples, images, labels, classes, inputShape, positions } = alice();
    expect({ classes, inputShape, positions }).toEqual({
      classes: alphabet.length,
      inputShape: [16],
      positions: 16,
    });
    expect(samples).toBe(Math.floor((ALICE_TEXT.length - 1) / 16));
    const text = ALICE_TEXT.slice(0, 16 * samples + 1);
    expect(textOf(images)).toBe(text.slice(0, -1));
    expect(textOf(labels)).toBe(text.slice(1));
    expect(text).toMatch(/^alice was beginning to get very tired/);
    expect(textOf(alphabet.keys())).toBe(" !'(),-.:;?abcdefghijklmnopqrstuvwxyz");
  });

  it("divides its samples between training and test", () => {
    const all = alice();
    const samplesOf = ({ images, samples }: typeof all) =>
      Array.from({ length: samples }, (_, i) => textOf(images.subarray(16 * i, 16 * i + 16)));
    const [train, test] = [alice({ samples: 200 }), alice({ samples: 200, split: "test" })];
    expect([train.samples, test.samples]).toEqual([200, all.samples - 200]);
    expect([...samplesOf(train), ...samplesOf(test)].sort()).toEqual(samplesOf(all).sort());
    expect(samplesOf(alice({ samples: 20 }))).toEqual(samplesOf(train).slice(0, 20));
    expect(() => alice({ split: "test" })).toThrow(/no sample is left/);
    expect(() => alice({ samples: 10_000 })).toThrow(/alice: 10000 samples asked for/);
  });
});
