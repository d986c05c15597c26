import { models } from "@eoss/models";
import { defineQuantity } from "@eoss/sharpness";
import { expect, it } from "vitest";
import { limited } from "./limited.js";
import { limitedModel, limitedQuantity } from "./limitedPlugins.js";

it("gives back and throws what the code does, and gives up what waits", async () => {
  const twice = limited("it", 60, (x: number) => 2 * x);
  expect(twice(3)).toBe(6);
  const fails = limited("it", 60, () => {
    throw new RangeError("its own");
  });
  expect(fails).toThrow(new RangeError("its own"));
  const late = limited("it", 60, async (x: number) => x);
  await expect(late(4)).resolves.toBe(4);
  const never = limited("the one\u001b", 0.05, () => new Promise(() => {}), "; and so on");
  await expect(never()).rejects.toThrow("the one? did not come to an end within 0.05 s; and so on");
  // What came before and after is not counted against it.
  const all = await Promise.allSettled([late(1), never(), late(2), never()]);
  expect(all.map(({ status }) => status)).toEqual(Array(2).fill(["fulfilled", "rejected"]).flat());
});

it("keeps what else there is of a quantity and a network, also of frozen ones", () => {
  const quantity = Object.freeze(
    defineQuantity({
      ...{ name: "mine", description: "d", needs: [], cost: "none" },
      unit: "loss",
      over: "full",
      measure: () => ({ value: 1, products: 0, status: "exact" }),
    }),
  );
  const own = limitedQuantity("./mine.js", quantity, 60);
  expect([own.name, own.over, own.unit]).toEqual(["mine", "full", "loss"]);
  expect("measure" in own && own.measure(undefined as never, undefined as never)).toMatchObject({
    value: 1,
  });
  const kind = limitedModel("./mine.js", Object.freeze({ ...models.mlp! }), 60);
  const model = kind.build({ inputShape: [2], classes: 2 }, { width: [3] });
  expect(model.parameterCount).toBe(2 * 3 + 3 + 3 * 2 + 2);
  expect(limitedModel("mlp", models.mlp!, 60)).toBe(models.mlp);
});
