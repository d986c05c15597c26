/**
 * An operation whose second derivative nobody has verified stands between the parameters and the
 * loss. Its curvature could be silently wrong, so none is given.
 */
export class UnverifiedOpError extends Error {
  override readonly name = "UnverifiedOpError";

  /**
   * @param op the tfjs kernel, e.g. `Conv2D`, or `custom gradient`
   * @param scope the tfjs op that ran it, e.g. `conv2d`
   */
  constructor(
    readonly op: string,
    readonly scope: string,
  ) {
    super(
      `no verified second derivative for ${op}${scope && scope !== op ? ` (called by ${scope})` : ""}. ` +
        "Write this part of the loss with other operations, or add a rule with registerRule(). " +
        "The stack of this error shows where the operation was called.",
    );
  }
}
