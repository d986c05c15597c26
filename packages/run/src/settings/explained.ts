import { ConfigError } from "./configError.js";
import { inUsersNames } from "./nameValuePairs.js";

/**
 * What is made of a setting, where the error of a library becomes one of the setting.
 *
 * @param place the setting and its text, as in `noise "isotropic x=1"`; "" for all settings together
 * @throws ConfigError in place of a RangeError
 */
export function explained<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = inUsersNames(error.message);
    throw new ConfigError(place ? `${place}: ${message}` : message);
  }
}
