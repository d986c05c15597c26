import { expect, it } from "vitest";
import { handOver } from "./handOver.js";

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

it("gives what is told in order, and then the result", async () => {
  const told = handOver<number, string>(async (tell, taken) => {
    tell(1);
    tell(2);
    await taken();
    await later();
    tell(3);
    return "done";
  });
  const seen: unknown[] = [];
  for (let next = await told.next(); ; next = await told.next()) {
    seen.push(next.value);
    if (next.done) break;
  }
  expect(seen).toEqual([1, 2, 3, "done"]);
});

it("throws what the computation throws, after all that was told", async () => {
  const seen: number[] = [];
  const iterate = async () => {
    const told = handOver<number, void>(async (tell) => {
      tell(1);
      throw new RangeError("no more");
    });
    for await (const value of told) seen.push(value);
  };
  await expect(iterate()).rejects.toThrow("no more");
  expect(seen).toEqual([1]);
});

it("lets the computation end before it is left, and throws nothing of that", async () => {
  const log: string[] = [];
  const told = handOver<number, void>(async (tell, taken) => {
    try {
      for (let n = 0; ; n++) {
        tell(n);
        await taken();
      }
    } catch (error) {
      log.push((error as Error).name);
      await later();
      throw error;
    } finally {
      log.push("cleaned up");
    }
  });
  for await (const n of told) if (n === 2) break;
  log.push("left");
  expect(log).toEqual(["AbortError", "cleaned up", "left"]);
});

it("passes on the error of whoever takes", async () => {
  const told = handOver<number, void>(async (tell, taken) => {
    tell(1);
    await taken();
    tell(2);
  });
  const iterate = async () => {
    for await (const value of told) throw new Error(`full at ${value}`);
  };
  await expect(iterate()).rejects.toThrow("full at 1");
});
