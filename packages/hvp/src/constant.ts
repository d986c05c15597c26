/** What records at present, as far as pausing it is concerned. */
interface Recorder {
  pause<T>(body: () => T): T;
}

let recorder: Recorder | undefined;

/** The tape that is recording now, if any. */
export function currentRecorder(): Recorder | undefined {
  return recorder;
}

/** Runs `body` with another recorder as the current one. */
export function withRecorder<T>(next: Recorder, body: () => T): T {
  const before = recorder;
  recorder = next;
  try {
    return body();
  } finally {
    recorder = before;
  }
}

/**
 * Runs `body` with its results counting as constants: no derivative flows through them.
 * For values that shift a computation without changing it, such as the maximum in a log-sum-exp.
 */
export function constant<T>(body: () => T): T {
  return recorder ? recorder.pause(body) : body();
}
