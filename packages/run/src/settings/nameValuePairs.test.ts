import { describe, expect, it } from "vitest";
import { planOf } from "../training/plan.js";

const settings = { lr: 0.1, batch: 8 };
const adam = { ...settings, optimizer: "adam momentum-decay=0.1" };
const noise = { ...settings, optimizer: "sgd", noise: "isotropic refresh=3" };
const intervene = ["at=40 optimizer=sgd weight-decay=-1"];

describe("messages", () => {
  it.each([
    [adam, "optimizer: adam has no option momentum-decay; it has: lr, "],
    [adam, "weight-decay"],
    [{ ...settings, optimizer: "heavyBall" }, 'unknown optimizer "heavyBall"'],
    [
      { ...settings, optimizer: "sgd", intervene },
      "optimizer: weight-decay of sgd is -1; allowed: ",
    ],
    [noise, "isotropic has no option refresh; it has: covariance, refresh-every"],
    [{ ...settings, lr: Number.NaN, optimizer: "sgd" }, "lr is NaN; allowed: "],
  ])("of %o call settings and options as their users do", (wrong, message) => {
    expect(() => planOf(wrong, 64)).toThrow(message);
  });
});
