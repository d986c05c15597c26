import { expect, it } from "vitest";
import { withFlags } from "./withFlags.js";

it("replaces the flags that a command has, and appends others", () => {
  const command = 'train --steps 4000 --every "500 loss=10" --json --out a';
  expect(withFlags(command, "--steps 20 --every 10 --width 8,8")).toBe(
    "train --steps 20 --every 10 --json --out a --width 8,8",
  );
  expect(withFlags(command, "--json --max-steps 3")).toBe(`${command} --max-steps 3`);
});
