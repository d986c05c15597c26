import { describe, expect, it } from "vitest";
import { type Backend, guardReads } from "./webgpu.js";

class GPUOutOfMemoryError {
  constructor(readonly message: string) {}
}
class GPUValidationError {
  constructor(readonly message: string) {}
}

/** A backend whose reads give 7, and its card, which fails as told. */
function guarded() {
  let lose = (_: { message: string }) => {};
  let refuse: Parameters<Backend["device"]["addEventListener"]>[1] = () => {};
  let broken: Error | undefined;
  const backend: Backend = {
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
  guardReads(backend);
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
      /card was lost \(reset by the driver\)\. .*eoss resume goes on from its newest checkpoint/,
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
