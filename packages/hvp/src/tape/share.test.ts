import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { backends, useBackend } from "../backends.fixture.js";
import { recordedLinearization } from "../derivatives/linearize.js";

describe.each(backends.filter((name) => name !== "tensorflow"))("a record on %s", (backend) => {
  it("shares the data of the parameters, however often it saves them", async () => {
    await useBackend(backend);
    const w = tf.ones([3, 2]);
    const x = tf.ones([4, 3]);
    const loss = ({ w }: { w: tf.Tensor }) =>
      tf.sum(tf.square(tf.matMul(tf.matMul(x, w as tf.Tensor2D), w as tf.Tensor2D, false, true)));
    const { linearization, record } = recordedLinearization(loss, { w: w as tf.Tensor });
    const saved = record.tape.nodes.flatMap(({ inputs }) =>
      Object.values(inputs).flatMap(({ saved }) =>
        saved?.shape.join() === w.shape.join() ? [saved] : [],
      ),
    );
    expect(saved.length).toBeGreaterThan(0);
    for (const handle of saved) expect(handle.dataId).toBe(w.dataId);
    linearization.dispose();
    expect([...w.dataSync()]).toEqual([1, 1, 1, 1, 1, 1]);
    tf.dispose([w, x]);
  });
});
