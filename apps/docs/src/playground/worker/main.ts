/** The worker in which a run of the playground trains: messages in, measurements out. */

import { checkCardHolds } from "@eoss/run/internal";
import { inputsOf } from "../state/inputs.js";
import { startBackend } from "./backend.js";
import { Driver } from "./driver.js";
import type { Report, Request } from "./protocol.js";
import { messageYielder } from "./yieldToMessages.js";

const report = (message: Report) => postMessage(message);
const waiting: Exclude<Request, { type: "start" }>[] = [];
let driver: Driver | undefined;

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.type === "start") void start(data);
  else if (driver) driver.handle(data);
  else waiting.push(data);
});

async function start({ state, start, forkAt }: Extract<Request, { type: "start" }>): Promise<void> {
  const fail = (message: string) => report({ type: "failed", message, backend: state.backend });
  try {
    const { versions, card } = await startBackend(state.backend, () =>
      fail(
        "The browser closed the graphics context (a driver was reset, or memory ran out), and the " +
          "network was lost. Run again: the same seed gives the same run; wasm needs no graphics card.",
      ),
    );
    if (card) {
      const { model } = inputsOf(state);
      checkCardHolds(card, model.parameterCount, { otherBackend: "the backend wasm" });
    }
    driver = new Driver(state, start, forkAt, report, messageYielder(), versions);
    for (const request of waiting) driver.handle(request);
    await driver.run();
  } catch (error) {
    fail((error as Error).message);
  }
}
