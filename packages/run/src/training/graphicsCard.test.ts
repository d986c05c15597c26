import { describe, expect, it } from "vitest";
import { type CardBackend, cardOf, checkCardHolds, guardReads } from "./graphicsCard.js";

class GPUOutOfMemoryError {
  constructor(readonly message: string) {}
}
class GPUValidationError {
  constructor(readonly message: string) {}
}

/** A backend whose reads give 7, and its card, which fails as told. */
function guarded() {
  let lose = (_: { message: string }) => {};
  let refuse: Parameters<CardBackend["device"]["addEventListener"]>[1] = () => {};
  let broken: Error | undefined;
  const backend: CardBackend = {
    device: {
      limits: { maxBufferSize: 1, maxStorageBufferBindingSize: 1 },
      lost: new Promise((resolve) => {
        lose = resolve;
      }),
      addEventListener: (_, listener) => {
        refuse = listener;
      },
    },
    read: async () => {
      if (broken) throw broken;
      return 7;
    },
    readSync: () => {
      throw new ReferenceError("OffscreenCanvas is not defined");
    },
  };
  guardReads(backend, {
    goOn: "eoss resume goes on from its newest checkpoint",
    smaller: "a smaller network",
    otherBackend: "--backend wasm",
  });
  return {
    read: () => backend.read({}),
    readSync: () => backend.readSync({}),
    lose: (message: string) => lose({ message }),
    refuse: (error: { message: string }) => refuse({ error }),
    breakReads: (error: Error) => {
      broken = error;
    },
  };
}

describe("numbers of a graphics card", () => {
  it("come as long as it is well", async () => {
    expect(await guarded().read()).toBe(7);
  });

  it("do not come after it was lost, and the message says how to go on", async () => {
    const card = guarded();
    card.lose("reset by the driver");
    await expect(card.read()).rejects.toThrow(
      /card was lost \(reset by the driver\)\. eoss resume goes on from its newest checkpoint/,
    );
    await expect(card.read()).rejects.toMatchObject({ name: "GraphicsCardError" });
  });

  it("that were under way when it was lost end with another error than an interrupt", async () => {
    const card = guarded();
    card.breakReads(new DOMException("a buffer is gone", "AbortError"));
    await expect(card.read()).rejects.toMatchObject({
      name: "GraphicsCardError",
      message: expect.stringMatching(/gives no numbers \(a buffer is gone\)/),
    });
  });

  it("do not come after its memory ran out: the cause is said, not what follows from it", async () => {
    const card = guarded();
    card.refuse(new GPUOutOfMemoryError("no 4 GB"));
    card.refuse(new GPUValidationError("invalid buffer"));
    await expect(card.read()).rejects.toThrow(/memory of the graphics card ran out \(no 4 GB\)/);
  });

  it("do not come after it refused work", async () => {
    const card = guarded();
    card.refuse(new GPUValidationError("binding too large\n - While calling [Device]"));
    await expect(card.read()).rejects.toThrow(
      /^the graphics card refused work \(binding too large\): its numbers cannot be trusted\. .*$/,
    );
  });

  it("are not given at once", () => {
    expect(() => guarded().readSync()).toThrow(/gives them only later; use --backend wasm/);
  });
});

describe("a graphics card", () => {
  const backend = { device: { limits: { maxBufferSize: 8, maxStorageBufferBindingSize: 4 } } };
  const named = (info: Parameters<typeof cardOf>[0]) => cardOf(info, backend as CardBackend);

  it("has each word of its name once, and holds what both limits allow", () => {
    const info = { vendor: "acme", architecture: "x1", device: "", description: "acme" };
    expect(named(info)).toEqual({ name: "acme, x1", vectorBytes: 4 });
  });

  it("may say nothing of itself", () => {
    expect(named({ vendor: "" }).name).toBe("a graphics card without a name");
    expect(named(undefined).name).toBe("a graphics card without a name");
  });

  it("is refused a vector that it does not hold", () => {
    const card = { name: "acme", vectorBytes: 2 ** 20 };
    const use = { otherBackend: "the backend wasm" };
    expect(() => checkCardHolds(card, 2 ** 18, use)).not.toThrow();
    expect(() => checkCardHolds(card, 2 ** 18 + 1, use)).toThrow(
      /262145 parameters.*\(acme\) holds 1 MiB.*or the backend wasm/,
    );
  });
});
