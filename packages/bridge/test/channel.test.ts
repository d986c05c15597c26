import { Channel, encodeFrame, type Frame, FrameReader, RemoteSpace } from "@eoss/bridge";
import { stream } from "@eoss/rng";
import { describe, expect, it } from "vitest";

/** Frames of some bytes that arrive in pieces of a size. */
function framesOf(bytes: Buffer, size: number): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame));
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  expect(reader.isWithin).toBe(false);
  return frames;
}

describe("frames", () => {
  const bytes = Buffer.concat([
    ...encodeFrame({ a: "ℝ" }, [new Uint8Array([1, 2, 3]), new Uint8Array(0)]),
    ...encodeFrame({ b: [1, { c: null }] }),
  ]);

  it.each([1, 2, 3, 7, 1000])("are whole in whatever pieces they arrive: %d bytes", (size) => {
    const [first, second] = framesOf(bytes, size);
    expect(first!.message).toMatchObject({ a: "ℝ", bin: [3, 0] });
    expect(first!.buffers.map((buffer) => [...buffer])).toEqual([[1, 2, 3], []]);
    expect(second).toEqual({ message: { b: [1, { c: null }] }, buffers: [] });
  });

  it.each([
    ["a length beyond the limit", Buffer.from([255, 255, 255, 255]), /too long/],
    ["what is no JSON", Buffer.from([1, 0, 0, 0, 120]), /JSON/],
    ["what is no object", Buffer.from([2, 0, 0, 0, 91, 93]), /must be a JSON object/],
    ["sizes that are none", Buffer.concat(encodeFrame({ x: 1 })), undefined],
  ])("%s is refused", (_, wrong, message) => {
    const reader = new FrameReader(() => {});
    if (message) expect(() => reader.push(wrong)).toThrow(message);
    for (const bin of [[-1], [0.5], [2 ** 40], "1", Array(5000).fill(0)]) {
      const json = Buffer.from(JSON.stringify({ bin }));
      const head = Buffer.alloc(4);
      head.writeUInt32LE(json.length);
      const other = new FrameReader(() => {});
      expect(() => other.push(Buffer.concat([head, json]))).toThrow(/at most/);
    }
  });
});

/** A channel whose other side answers when it is told to. */
function channel() {
  const sent: { id: number; ops: unknown[][]; buffers: number }[] = [];
  const made = new Channel((message, buffers) =>
    sent.push({ ...(message as { id: number; ops: unknown[][] }), buffers: buffers.length }),
  );
  return { channel: made, sent };
}
const answer = (id: number, rest: Record<string, unknown>): Frame => ({
  message: { id, ...rest },
  buffers: [],
});

describe("commands", () => {
  it("wait until a number is asked for, and go out together", async () => {
    const { channel: one, sent } = channel();
    const space = new RemoteSpace(one, "float32");
    const list = [1, 2];
    const x = space.from(list);
    list[0] = 100;
    const y = space.scale(Number.NaN, space.copy(x));
    await Promise.resolve();
    expect(sent).toEqual([]);
    const products = [space.dot(x, y), space.dot(y, y)];
    await Promise.resolve();
    expect(sent.map(({ ops }) => ops)).toEqual([
      [
        ["put", 1, { buffer: 0, type: "f8" }],
        ["copy", 2, 1],
        ["scale", "NaN", 2],
        ["dot", 1, 2],
        ["dot", 2, 2],
      ],
    ]);
    one.settle(answer(1, { v: ["NaN", "-Infinity"] }));
    expect(await Promise.all(products)).toEqual([Number.NaN, Number.NEGATIVE_INFINITY]);
  });

  it("are sent also if nothing is asked for, before they are too many", () => {
    const { channel: one, sent } = channel();
    const space = new RemoteSpace(one, "float32");
    for (let k = 0; k < 600; k++) space.release(space.normals(1, stream(k, "many")));
    expect(sent.length).toBe(2);
  });

  it("the first error empties the queue, and what comes after it fails too", async () => {
    const { channel: one, sent } = channel();
    const first = one.ask("a");
    await Promise.resolve();
    const second = one.ask("b");
    await Promise.resolve();
    const third = one.ask("c");
    one.settle(answer(1, { error: "ValueError: no" }));
    for (const asked of [first, second, third, one.ask("d")]) {
      await expect(asked).rejects.toThrow("ValueError: no");
    }
    one.later("e");
    // What was on its way is still answered, and counts for nothing.
    one.settle(answer(2, { v: [1] }));
    expect(sent.map(({ ops }) => ops)).toEqual([[["a"]], [["b"]]]);
    one.reset();
    const again = one.ask("f");
    await Promise.resolve();
    one.settle(answer(3, { v: [7] }));
    expect(await again).toBe(7);
  });

  it("answers that do not fit are no numbers", async () => {
    const { channel: one } = channel();
    const space = new RemoteSpace(one, "float32");
    const x = space.from([1]);
    for (const [id, v] of [
      [1, [null]],
      [2, ["one"]],
      [3, [{}]],
    ] as const) {
      const asked = space.dot(x, x);
      await Promise.resolve();
      one.settle(answer(id, { v }));
      await expect(asked).rejects.toThrow("should be a number");
    }
    const few = Promise.all([space.dot(x, x), space.dot(x, x)]);
    await Promise.resolve();
    one.settle(answer(4, { v: [1] }));
    await expect(few).rejects.toThrow("1 answers, where 2 were asked");
    expect(() => one.settle(answer(99, { v: [] }))).toThrow("not asked");
    expect(() => space.release(space.axpy(1, x, x)) ?? space.release(x)).toThrow("released before");
  });
});
