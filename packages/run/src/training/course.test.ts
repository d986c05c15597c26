import "@tensorflow/tfjs-backend-cpu";
import { digits } from "@eoss/data";
import { mlp } from "@eoss/models";
import { quantityByName } from "@eoss/sharpness";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { parseTrainConfig } from "../settings/config.js";
import { Course, type CourseOptions } from "./course.js";
import type { CourseEvent } from "./courseEvent.js";
import { measuredNames } from "./measuredNames.js";
import { modelFromSettings } from "./modelFromSettings.js";
import { planOf } from "./plan.js";
import { type RunInputs, Trainer } from "./trainer.js";

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend("cpu");
});

const tiny = {
  data: "digits",
  samples: 40,
  width: [4],
  lr: 0.1,
  batch: 8,
  steps: 4,
  every: 2,
  measure: ["loss", "fullbs"],
  tolerance: 0.3,
  seed: 5,
};

function inputsOf(settings: Record<string, unknown> = {}): RunInputs {
  const config = parseTrainConfig({ ...tiny, ...settings });
  const dataset = digits({ samples: 40 });
  const plan = planOf(config, dataset.samples);
  const quantities = measuredNames(config, plan).map(quantityByName);
  const model = modelFromSettings(mlp, config, dataset);
  return { config, dataset, model, plan, quantities, backend: "cpu", workers: 1 };
}

const courseOf = (settings: Record<string, unknown> = {}, options: CourseOptions = {}) =>
  new Course(new Trainer(inputsOf(settings)), options);

async function eventsOf(
  course: Course,
  on: (event: CourseEvent) => void = () => {},
): Promise<CourseEvent[]> {
  const events: CourseEvent[] = [];
  for await (const event of course.run()) {
    events.push(event);
    on(event);
  }
  return events;
}

/** An event in a few words: "2 measured loss". */
function words(event: CourseEvent): string {
  switch (event.kind) {
    case "measured":
      return `${event.record.step} measured ${event.record.quantity}`;
    case "stepped":
      return `${event.record.step} stepped`;
    case "plateau":
      return `${event.plateau.step} plateau`;
    case "ended":
      return `${event.end.step} ${event.end.reason}`;
    default:
      return `${event.step} ${event.kind}`;
  }
}

/** The records of a course, each without the time it took. */
const recordsOf = (events: readonly CourseEvent[]) =>
  events.flatMap((event) =>
    event.kind === "measured" || event.kind === "stepped"
      ? [JSON.stringify({ ...event.record, seconds: 0 })]
      : [],
  );

const updatesOf = (events: readonly CourseEvent[]) =>
  recordsOf(events).filter((record) => record.includes('"step-loss"'));

const endOf = (events: readonly CourseEvent[]) => {
  const last = events.at(-1)!;
  return last.kind === "ended" ? last.end : undefined;
};

const interruption = () => new DOMException("interrupted", "AbortError");

describe("the events of a course", () => {
  it("come in the order of the algorithm", async () => {
    const events = await eventsOf(courseOf({ intervene: ["at=3 lr=0.05"] }));
    const measured = (step: number) => [
      `${step} measuring`,
      `${step} measured loss`,
      `${step} measured fullbs`,
      `${step} measured-all`,
    ];
    expect(events.map(words)).toEqual([
      "0 reached",
      ...measured(0),
      "0 stepped",
      "1 reached",
      "1 stepped",
      "2 reached",
      ...measured(2),
      "2 stepped",
      "3 reached",
      ...measured(3),
      "3 changed",
      "3 stepped",
      "4 reached",
      ...measured(4),
      "4 completed",
    ]);
    expect(endOf(events)!.message).toBe("4 steps were made");
    expect(events.find(({ kind }) => kind === "changed")).toMatchObject({
      settings: { learningRate: 0.05, batchSize: 8 },
    });
  });

  it("compare what was measured with the threshold of the step's update", async () => {
    const events = await eventsOf(courseOf({ intervene: ["at=2 lr=0.05"] }));
    const thresholds = events.flatMap((event) =>
      event.kind === "measured-all"
        ? [event.measured.find(({ quantity }) => quantity === "fullbs")!.comparison.value]
        : [],
    );
    // At the step where the run ends, the intervention of step 2 still holds.
    expect(thresholds.map((value) => value.toFixed(6))).toEqual(
      [20, 40, 40].map((v) => v.toFixed(6)),
    );
  });

  it("say of a plateau before the update that it changes, and from when on", async () => {
    const settings = {
      steps: 120,
      every: 4,
      lr: 0.05,
      measure: ["loss"],
      plateau: "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2",
      intervene: ["at=plateau lr=0.01 batch=40"],
    };
    const events = await eventsOf(courseOf(settings));
    const at = events.findIndex(({ kind }) => kind === "plateau");
    const { step } = (events[at] as Extract<CourseEvent, { kind: "plateau" }>).plateau;
    expect(events.slice(at, at + 4).map(words)).toEqual([
      `${step} plateau`,
      `${step} measured-all`,
      `${step} changed`,
      `${step} stepped`,
    ]);
    const sizes = updatesOf(events).map((record) => JSON.parse(record).samples);
    expect(sizes).toEqual([...Array(step).fill(8), ...Array(120 - step).fill(40)]);
    // The same with the step written down beforehand.
    const known = await eventsOf(
      courseOf({ ...settings, intervene: [`at=${step} lr=0.01 batch=40`] }),
    );
    expect(recordsOf(known)).toEqual(recordsOf(events));
    // And when it is made again without measuring.
    const replayed = { to: 120, plateaus: [step] };
    const again = await eventsOf(courseOf(settings, { replayed }));
    expect(recordsOf(again)).toEqual(updatesOf(events));
  });

  it("say once that the network has collapsed", async () => {
    const dead = { lr: 4, "init-scale": 3, steps: 12, measure: ["loss"] };
    const events = await eventsOf(courseOf(dead));
    const said = events.filter(({ kind }) => kind === "collapsed");
    expect(said).toHaveLength(1);
    const { step } = said[0] as Extract<CourseEvent, { kind: "collapsed" }>;
    const saidWith = async (collapsed: number) =>
      (await eventsOf(courseOf(dead, { collapsed }))).filter(({ kind }) => kind === "collapsed");
    expect(await saidWith(step)).toEqual([]);
    // What an earlier session found at a later step is looked for again.
    expect(await saidWith(step + 1)).toEqual(said);
  });
});

describe("a course ends", () => {
  it.each([
    ["stop-loss", { "stop-loss": 0.7 }, /^the training loss fell to 0\.\d+$/],
    ["stop-accuracy", { "stop-accuracy": 0.4 }, /^the training accuracy rose to 0\.\d+$/],
  ])("at a goal, certified: %s", async (reason, goal, message) => {
    const settings = { steps: 100, width: [12], "init-scale": 0.3, ...goal };
    const course = courseOf(settings);
    const events = await eventsOf(course);
    const { step, ...end } = endOf(events)!;
    expect(end).toMatchObject({ reason, message: expect.stringMatching(message) });
    const kinds = events.slice(-9).map(words);
    const once = [`${step} measuring`, `${step} measured loss`, `${step} measured fullbs`];
    const goalQuantity = "stop-accuracy" in goal ? [`${step} measured accuracy`] : [];
    expect(kinds.slice(-2)).toEqual([`${step} measured-all`, `${step} ${reason}`]);
    expect(events.map(words).join()).toContain(
      [...once, ...goalQuantity, ...once, ...goalQuantity, `${step} measured-all`].join(),
    );
    // Asked once more, it says so again and does nothing.
    expect((await eventsOf(course)).map(words)).toEqual([`${step} ${reason}`]);
    // With all certified anyway, once is enough.
    const certified = await eventsOf(courseOf({ ...settings, certify: "all" }));
    const lastOnes = certified.filter((event) => words(event) === `${step} measured loss`);
    expect(lastOnes).toHaveLength(1);
  });

  describe("at a plateau", () => {
    const rule = "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2";
    const settings = { steps: 160, every: 4, lr: 0.05, measure: ["fullbs"], "stop-plateau": rule };
    const found = async (more: Record<string, unknown> = {}, options: CourseOptions = {}) => {
      const events = await eventsOf(courseOf({ ...settings, ...more }, options));
      return { records: recordsOf(events), end: endOf(events)! };
    };

    it("of a quantity that is measured for it, where a change waits for the same one", async () => {
      const { end, records } = await found();
      expect(end).toMatchObject({
        reason: "stop-plateau",
        message: expect.stringMatching(/^loss is level since step \d+$/),
      });
      const waiting = courseOf({
        ...{ ...settings, "stop-plateau": undefined, plateau: rule },
        intervene: ["at=plateau lr=0.01"],
      });
      const plateau = (await eventsOf(waiting)).find(({ kind }) => kind === "plateau");
      expect(plateau).toMatchObject({ plateau: { step: end.step, quantity: "loss" } });
      // A run without the rule goes the same way, and on.
      const whole = await found({ "stop-plateau": undefined, measure: ["fullbs", "loss"] });
      expect(whole.end).toMatchObject({ reason: "completed", step: 160 });
      const updates = (all: string[]) => all.filter((record) => record.includes("step-loss"));
      expect(updates(records)).toEqual(updates(whole.records).slice(0, end.step));
    });

    it("not while a change of the settings is to come, and looks at what comes after it", async () => {
      const { end } = await found();
      const at = end.step + 2;
      const later = await found({ intervene: [`at=${at} lr=0.04`] });
      expect(later.end.reason).toBe("stop-plateau");
      // Six points at least, at every fourth step.
      expect(later.end.step).toBeGreaterThanOrEqual(at + 5 * 4);
      const waits = { intervene: ["at=plateau lr=0.04"], plateau: "quantity=loss window=1000" };
      expect((await found(waits)).end.reason).toBe("completed");
    });

    it("where one that goes on from the middle finds it too", async () => {
      const { end, records } = await found();
      const inputs = inputsOf(settings);
      const first = new Course(new Trainer(inputs));
      const made: CourseEvent[] = [];
      let parts = { memory: first.memory, position: await first.trainer.position() };
      for await (const event of first.run()) {
        if (event.kind === "reached" && event.step === end.step - 4) {
          parts = { memory: first.memory, position: await first.trainer.position() };
          break;
        }
        made.push(event);
      }
      const before = made.flatMap((event) => (event.kind === "measured" ? [event.record] : []));
      const second = new Course(new Trainer(inputs, parts.position), {
        ...{ memory: parts.memory, before },
      });
      const rest = await eventsOf(second);
      expect(endOf(rest)).toEqual(end);
      expect([...recordsOf(made), ...recordsOf(rest)]).toEqual(records);
      // Made again without measuring, it ends where it is told to.
      const replayed = { to: end.step, plateaus: [] };
      expect((await found({}, { replayed })).end).toMatchObject({ step: end.step });
    });

    it("which is looked for at equal distances, and described in full", () => {
      expect(() => courseOf({ ...settings, every: "log" })).toThrow(/in --stop-plateau$/);
      expect(() => inputsOf({ "stop-plateau": "window=2" })).toThrow(/stop-plateau: window of/);
      expect(() => inputsOf({ "stop-plateau": "width=2" })).toThrow(
        "stop-plateau: unknown parameter width; allowed: quantity, after",
      );
      const named = measuredNames(
        inputsOf({ "stop-plateau": "window=12" }).config,
        inputsOf().plan,
      );
      expect(named).toContain("batch-sharpness");
    });
  });

  it("where the loss is no longer finite, which is the last record", async () => {
    const course = courseOf({ lr: 1e9, every: 100, steps: 50 });
    const events = await eventsOf(course);
    const end = endOf(events)!;
    expect(end.reason).toBe("diverged");
    expect(end.message).toBe(
      `the loss was no longer finite at step ${end.step}; η = 1000000000 is too large for this problem: lower --lr`,
    );
    expect(events.at(-2)).toMatchObject({
      kind: "stepped",
      record: { step: end.step, status: "not-finite" },
    });
    expect((await eventsOf(course)).map(words)).toEqual([`${end.step} diverged`]);
  });

  it("when its time is up, after a measurement and before an update", async () => {
    const events = await eventsOf(courseOf({ "time-limit": 1e-9 }));
    expect(events.map(words).slice(-2)).toEqual(["0 measured-all", "0 time-limit"]);
    expect(endOf(events)!.message).toBe("reached the time limit of 1e-9; resume to continue");
  });

  it("when it is interrupted, with what was measured by then", async () => {
    let hasLoss = false;
    const pause = async () => {
      if (hasLoss) throw interruption();
    };
    const settings = { measure: ["loss", "minibs"], tolerance: 1e-3, "max-batches": 8 };
    const course = courseOf(settings, { pause });
    const events = await eventsOf(course, (event) => {
      hasLoss ||= words(event) === "2 measured loss";
    });
    expect(endOf(events)).toEqual({
      reason: "interrupted",
      step: 2,
      message: "interrupted after 2 of 4 steps",
    });
    expect(events.map(words).slice(-2)).toEqual(["2 measured loss", "2 interrupted"]);
    expect(course.isMeasured).toBe(false);
    // Whoever goes on from there makes the same records.
    const whole = await eventsOf(courseOf(settings));
    const position = await course.trainer.position();
    const next = new Trainer(course.trainer.inputs, position);
    const rest = await eventsOf(new Course(next, { memory: course.memory }));
    const made = recordsOf(events).slice(0, -1);
    expect([...made, ...recordsOf(rest)]).toEqual(recordsOf(whole));
  });

  it("with the error of a measurement that fails", async () => {
    const failing = { ...quantityByName("loss"), name: "failing" };
    const measure = () => {
      throw new RangeError("no such thing");
    };
    const inputs = { ...inputsOf(), quantities: [{ ...failing, measure } as typeof failing] };
    await expect(eventsOf(new Course(new Trainer(inputs)))).rejects.toThrow("no such thing");
  });
});

describe("measuring", () => {
  it("changes nothing of the training, more or less of it", async () => {
    const updates = [];
    for (const [every, measure] of [
      [1, ["loss", "fullbs", "minibs"]],
      [3, ["loss"]],
      [100, []],
    ] as const) {
      updates.push(updatesOf(await eventsOf(courseOf({ every, measure, steps: 7 }))));
    }
    const replayed = { to: 7, plateaus: [] };
    updates.push(recordsOf(await eventsOf(courseOf({ steps: 7 }, { replayed }))));
    expect(updates[0]).toHaveLength(7);
    for (const other of updates) expect(other).toEqual(updates[0]);
  });

  it("waits until what it found was taken", async () => {
    let products = 0;
    const pause = async () => {
      products += 1;
    };
    const course = courseOf({ measure: ["fullbs", "loss", "minibs"] }, { pause });
    let before = 0;
    for await (const event of course.run()) {
      if (event.kind === "measured" && event.record.quantity === "fullbs") {
        before = products;
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(products).toBe(before);
      }
      if (event.kind === "measured-all") break;
    }
    expect(products).toBeGreaterThan(before);
  });

  it("stops when its course is left, and keeps nothing in memory", async () => {
    const before = tf.memory().numTensors;
    let products = 0;
    const pause = async () => {
      products += 1;
    };
    const course = courseOf({ measure: ["loss", "minibs"], tolerance: 1e-4 }, { pause });
    for await (const event of course.run()) if (event.kind === "measured") break;
    const then = products;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(products).toBe(then);
    course.trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is due where an earlier session measured, with a budget", async () => {
    const there = [0, 3];
    const measuredBefore = (step: number) => (step < 6 ? there.includes(step) : undefined);
    const settings = { budget: 0.5, every: 1, steps: 8, measure: ["loss"] };
    const events = await eventsOf(courseOf(settings, { measuredBefore }));
    const steps = events.flatMap((event) => (event.kind === "measuring" ? [event.step] : []));
    expect(steps.filter((step) => step < 6)).toEqual([0, 3]);
    expect(steps.at(-1)).toBe(8);
  });
});

describe("settings that change between two events", () => {
  const changed = { ...tiny, intervene: ["at=3 lr=0.02 batch=4"] };

  it("hold as in a run that began with them", async () => {
    const course = courseOf();
    const events = await eventsOf(course, (event) => {
      if (words(event) === "2 measured-all") course.trainer.replan(inputsOf(changed));
    });
    expect(recordsOf(events)).toEqual(recordsOf(await eventsOf(courseOf(changed))));
  });

  it("may be more steps after the last: nothing is measured twice", async () => {
    const course = courseOf();
    const first = await eventsOf(course);
    expect((await eventsOf(course)).map(words)).toEqual(["4 completed"]);
    course.trainer.replan(inputsOf({ steps: 6 }));
    const rest = await eventsOf(course);
    expect(rest.map(words).slice(0, 2)).toEqual(["4 stepped", "5 reached"]);
    expect(updatesOf([...first, ...rest])).toEqual(
      updatesOf(await eventsOf(courseOf({ steps: 6 }))),
    );
    expect(endOf(rest)).toMatchObject({ reason: "completed", step: 6 });
  });

  it("are refused as a whole if they do not fit the plateaus seen", () => {
    const course = courseOf({ intervene: ["at=plateau lr=0.05"] });
    course.trainer.plateauSeen();
    expect(() => course.trainer.replan(inputsOf())).toThrow(/plateaus/);
    expect(course.trainer.plan.interventions).toMatchObject([{ at: 0, learningRate: 0.05 }]);
  });
});

describe("quantities with steps of their own", () => {
  const steps = 12;
  const plain = { steps, every: 2 };
  const keyOf = (record: string) => {
    const { step, quantity } = JSON.parse(record);
    return `${step} ${quantity}`;
  };
  const isUpdate = (record: string) => record.includes('"step-loss"');

  it("are measured at these and at the end, with the numbers that they have anyway", async () => {
    const whole = recordsOf(await eventsOf(courseOf({ steps, every: 1, certify: "all" })));
    const settings = { steps, every: "log:1 loss=4", certify: "all" };
    const some = recordsOf(await eventsOf(courseOf(settings)));
    const measured = some.filter((record) => !isUpdate(record)).map(keyOf);
    expect(measured).toEqual([
      ...[
        "0 loss",
        "0 fullbs",
        "1 fullbs",
        "4 loss",
        "8 loss",
        "10 fullbs",
        "12 loss",
        "12 fullbs",
      ],
    ]);
    expect(some.filter(isUpdate)).toEqual(whole.filter(isUpdate));
    // Searches start from other vectors: the loss does not.
    for (const record of some.filter((text) => text.includes('"quantity":"loss"'))) {
      expect(whole).toContain(record);
    }
  });

  it("of one number for all the records are the same, however it is written", async () => {
    const records = recordsOf(await eventsOf(courseOf(plain)));
    for (const every of ["2", "loss=2 fullbs=2", "2 loss=2"]) {
      expect(recordsOf(await eventsOf(courseOf({ steps, every })))).toEqual(records);
    }
  });

  it("a course that goes on from the middle measures the same", async () => {
    const settings = { steps, every: "log:1 loss=4" };
    const whole = recordsOf(await eventsOf(courseOf(settings)));
    const inputs = inputsOf(settings);
    const first = new Course(new Trainer(inputs));
    const records: string[] = [];
    let memory = first.memory;
    let position = await first.trainer.position();
    for await (const event of first.run()) {
      if (event.kind === "reached" && event.step === 8) {
        ({ memory } = first);
        position = await first.trainer.position();
        break;
      }
      records.push(...recordsOf([event]));
    }
    const second = new Course(new Trainer(inputs, position), { memory });
    expect([...records, ...recordsOf(await eventsOf(second))]).toEqual(whole);
  });

  it.each(["auto", "all"])(
    "a goal that is reached between has all of them, certify %s",
    async (certify) => {
      const settings = { steps, every: "50 loss=3", certify, "stop-loss": 0.97 };
      const events = await eventsOf(courseOf(settings));
      const end = endOf(events)!;
      expect(end).toMatchObject({ reason: "stop-loss" });
      expect(end.step % 3).toBe(0);
      expect(end.step).toBeLessThan(steps);
      const last = events.filter(
        (event) => event.kind === "measured" && event.record.step === end.step,
      );
      expect(new Set(last.map(words))).toEqual(
        new Set([`${end.step} measured loss`, `${end.step} measured fullbs`]),
      );
      const all = events.findLast((event) => event.kind === "measured-all")!;
      expect("measured" in all && all.measured).toHaveLength(2);
    },
  );

  it("a plateau is looked for where its quantity is measured", async () => {
    const plateau = "quantity=loss after=any window=6 drift=0.5 slowing=0.9 significance=0.2";
    const waiting = {
      steps: 120,
      lr: 0.01,
      measure: ["fullbs"],
      plateau,
      intervene: ["at=plateau lr=0.005"],
    };
    const seen = async (every: number | string, measure: string[]) =>
      (await eventsOf(courseOf({ ...waiting, measure, every }))).flatMap((event) =>
        event.kind === "plateau" ? [event.plateau] : [],
      );
    const alone = await seen(3, []);
    expect(alone).toHaveLength(1);
    expect(await seen("50 loss=3", ["fullbs"])).toEqual(alone);
  });
});
