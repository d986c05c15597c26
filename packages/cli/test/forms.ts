/** Whether the heavy forms of tests run too: `EOSS_FULL=1`, as in `.ci/run`. */
export const FULL = Boolean(process.env.EOSS_FULL || process.env.EOSS_LONG);
