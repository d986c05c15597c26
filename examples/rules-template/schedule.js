import { defineSchedule } from "@eoss/sgd";

/** Half a cosine down to a floor, again and again. Loshchilov & Hutter (2017), SGDR. */
export default defineSchedule({
  name: "warm-restarts",
  description: "half a cosine from the setting down to a share of it, again and again",

  // Its own options with their defaults.
  defaults: { restarts: 1, floor: 0 },
  domains: {
    restarts: { allowed: "an integer from 0 on", fits: (n) => Number.isSafeInteger(n) && n >= 0 },
    floor: { allowed: "a number from 0 to 1", fits: (share) => share >= 0 && share <= 1 },
  },

  // The value at a step: a function of the step, the setting, the horizon and the options.
  at(step, { initial, steps, restarts, floor }) {
    const period = steps / (restarts + 1);
    const share = step === steps ? 1 : (step % period) / period;
    return initial * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * share))) / 2);
  },

  // The largest value that it has.
  peak: ({ initial }) => initial,
});
