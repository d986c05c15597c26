import { formatReport, UnverifiedOpError, verify } from "@eoss/hvp";
import { afterAll, describe, expect, it } from "vitest";
import "./backend.js";
import { randomNet } from "./randomNets.js";

/** In the long form, EOSS_LONG=1, 2,000 networks. */
const CHUNK = process.env.EOSS_LONG ? 100 : 30;
const CHUNKS = process.env.EOSS_LONG ? 20 : 1;
const FIRST = Number(process.env.EOSS_FIRST ?? 1);

/** What is allowed to be undecided. */
const UNDECIDED = 0.1;

describe("random networks of tf.layers, rightly differentiated, are not accused", () => {
  const counts = { agrees: 0, undecided: 0, disagrees: 0, refused: 0 };
  const chunks = Array.from({ length: CHUNKS }, (_, k) => FIRST + k * CHUNK);

  it.each(chunks)(`${CHUNK} of them from seed %i on`, { timeout: 600_000 }, (first) => {
    const alarms: string[] = [];
    for (let seed = first; seed < first + CHUNK; seed++) {
      const { name, params, loss, dispose } = randomNet(seed);
      try {
        const report = verify(loss, params);
        counts[report.verdict] += 1;
        if (report.verdict === "disagrees") alarms.push(`${name}\n${formatReport(report)}`);
      } catch (error) {
        // Said, not silent: no alarm about a derivative.
        if (!(error instanceof UnverifiedOpError) && !/oneHot/.test(String(error)))
          throw new Error(`${name}: ${error}`);
        counts.refused += 1;
      } finally {
        dispose();
      }
    }
    expect(alarms.join("\n\n")).toBe("");
  });

  afterAll(() => {
    console.log(counts);
    const total = CHUNK * CHUNKS;
    expect(counts.undecided + counts.refused).toBeLessThan(UNDECIDED * total);
  });
});
