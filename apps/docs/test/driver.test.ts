import { loadBackend } from "@eoss/lab";
import { beforeAll, describe, expect, it } from "vitest";
import type { PlaygroundState } from "../src/playground/state/state.js";
import { Driver } from "../src/playground/worker/driver.js";
import type { Report } from "../src/playground/worker/protocol.js";

const toy: PlaygroundState = {
  settings: {
    data: "two-point",
    model: "diagonal-linear",
    "init-scale": 1,
    lr: 0.1,
    batch: 1,
    steps: 20,
    every: 1,
    measure: ["fullbs", "minibs", "loss"],
    tolerance: 0.01,
    seed: 0,
  },
  points: [],
  backend: "cpu",
};

/** A driver, and what it reports; `until` waits for a report. */
function driven(state: PlaygroundState) {
  const reports: Report[] = [];
  const breathe = () => new Promise<void>((resolve) => setImmediate(resolve));
  const driver = new Driver(state, undefined, undefined, (report) => reports.push(report), breathe);
  void driver.run();
  const until = async (type: Report["type"], count = 1) => {
    while (reports.filter((report) => report.type === type).length < count) await breathe();
    return reports.filter((report) => report.type === type)[count - 1]!;
  };
  return { driver, reports, until };
}

beforeAll(() => loadBackend("cpu"));

describe("a run's worker", () => {
  it("makes one step at a time, and measures after it", async () => {
    const { driver, reports, until } = driven(toy);
    await until("paused");
    driver.handle({ type: "step" });
    await until("paused", 2);
    const records = reports.flatMap((report) => (report.type === "progress" ? report.records : []));
    expect(records.map(({ step, quantity }) => `${step} ${quantity}`)).toEqual([
      "0 fullbs",
      "0 loss",
      "0 minibs",
      "0 step-loss",
      "1 fullbs",
      "1 loss",
      "1 minibs",
    ]);
  });

  it("makes so many steps at a time, and measures after the last of them", async () => {
    const { driver, reports, until } = driven({ ...toy, settings: { ...toy.settings, every: 3 } });
    await until("paused");
    driver.handle({ type: "step", count: 3 });
    await until("paused", 2);
    const records = reports.flatMap((report) => (report.type === "progress" ? report.records : []));
    const steps = (quantity: string) =>
      records.filter((record) => record.quantity === quantity).map(({ step }) => step);
    expect(steps("step-loss")).toEqual([0, 1, 2]);
    expect(steps("fullbs")).toEqual([0, 3]);
  });

  it("makes two steps where two were asked for at once", async () => {
    const { driver, reports, until } = driven({ ...toy, settings: { ...toy.settings, every: 10 } });
    driver.handle({ type: "step" });
    driver.handle({ type: "step" });
    await until("paused");
    const records = reports.flatMap((report) => (report.type === "progress" ? report.records : []));
    expect(records.filter(({ quantity }) => quantity === "step-loss")).toHaveLength(2);
  });

  it("waits at the step that it is not to pass, until it may go on", async () => {
    const { driver, reports, until } = driven(toy);
    driver.handle({ type: "limit", step: 5 });
    driver.handle({ type: "run" });
    const stepped = () =>
      reports.flatMap((report) =>
        report.type === "progress"
          ? report.records.filter(({ quantity }) => quantity === "step-loss")
          : [],
      ).length;
    const turns = async (count: number) => {
      for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
    };
    while (stepped() < 5) await turns(1);
    await turns(300);
    expect(stepped()).toBe(5);
    expect(reports.some(({ type }) => type === "ended")).toBe(false);
    driver.handle({ type: "limit", step: null });
    expect(await until("ended")).toMatchObject({ end: { step: 20 } });
  });

  it("measures what follows by hand from the weights of the toy", async () => {
    const { driver, reports, until } = driven(toy);
    driver.handle({ type: "run" });
    expect(await until("ended")).toMatchObject({ end: { reason: "completed", step: 20 } });
    const toys = reports.flatMap((report) => (report.type === "views" ? [report.toy!] : []));
    const records = reports.flatMap((report) => (report.type === "progress" ? report.records : []));
    expect(toys).toHaveLength(21);
    for (const { step, fullBS, miniBS } of toys) {
      const measured = (name: string) =>
        records.find((record) => record.step === step && record.quantity === name)!;
      expect(Math.abs(measured("fullbs").value! / fullBS - 1)).toBeLessThan(1e-4);
      const { value, standardError = 0 } = measured("minibs");
      expect(Math.abs(value! - miniBS)).toBeLessThan(4 * standardError + 1e-3);
    }
  });

  it("says what it refuses, and goes on", async () => {
    const { driver, until } = driven(toy);
    driver.handle({ type: "change", changes: { batch: "3" } });
    expect(await until("refused")).toMatchObject({ message: /up to 2 samples/ as unknown });
    driver.handle({ type: "run" });
    await until("ended");
  });

  it("tells the page of a change as the state that a link would hold", async () => {
    const { driver, until } = driven(toy);
    await until("paused");
    driver.handle({ type: "step" });
    await until("paused", 2);
    driver.handle({ type: "change", changes: { lr: "0.3" } });
    expect(await until("changed")).toMatchObject({
      state: { settings: { intervene: ["at=2 lr=0.3"] } },
      manifest: { plan: { interventions: [{ at: 2, learningRate: 0.3 }] } },
    });
  });

  it("gives a snapshot for a twin at the step that it names", async () => {
    const { driver, until } = driven(toy);
    await until("paused");
    driver.handle({ type: "fork" });
    expect(await until("forking")).toEqual({ type: "forking", at: 0 });
    const { snapshot } = (await until("snapshot")) as Extract<Report, { type: "snapshot" }>;
    expect(snapshot.position.state.step).toBe(0);
  });

  it.each([1, 7])("makes the step to it after a measurement, every %i", async (every) => {
    const { driver, reports, until } = driven({ ...toy, settings: { ...toy.settings, every } });
    driver.handle({ type: "step" });
    await until("views");
    driver.handle({ type: "pause" });
    driver.handle({ type: "fork" });
    const { snapshot } = (await until("snapshot")) as Extract<Report, { type: "snapshot" }>;
    const [forking] = reports.filter((report) => report.type === "forking");
    expect(forking).toMatchObject({ at: snapshot.position.state.step });
  });
});

describe("the loss along the top eigenvector", () => {
  it("bends in the middle as λ says, by differences of its own points", async () => {
    const { driver, until } = driven(toy);
    driver.handle({ type: "step" });
    const { slice } = (await until("views", 2)) as Extract<Report, { type: "views" }>;
    const { t, loss, parabola } = slice!;
    const middle = (t.length - 1) / 2;
    const h = t[middle + 1]! - t[middle]!;
    const bend = (values: Float64Array) =>
      (values[middle + 1]! - 2 * values[middle]! + values[middle - 1]!) / h ** 2;
    // The loss is a quartic, and a step of 1/20 of the slice is not small.
    expect(Math.abs(bend(loss) / bend(parabola) - 1)).toBeLessThan(0.05);
    expect(Math.abs(loss[middle]! - parabola[middle]!)).toBeLessThan(1e-6);
  });
});
