import * as data from "@eoss/data/node";
import * as eigen from "@eoss/eigen";
import * as hvp from "@eoss/hvp";
import * as hvpTesting from "@eoss/hvp/testing";
import * as lab from "@eoss/lab";
import * as models from "@eoss/models";
import * as noise from "@eoss/noise";
import { EossError } from "@eoss/rng";
import * as run from "@eoss/run";
import * as sgd from "@eoss/sgd";
import * as sharpness from "@eoss/sharpness";
import { expect, it } from "vitest";
import { explain } from "../../packages/cli/src/exit.js";
import { receivedError, sentError } from "../../packages/lab/src/processes/sentError.js";

type ErrorClass = new (...of: unknown[]) => Error;

const classes = [data, eigen, hvp, hvpTesting, lab, models, noise, run, sgd, sharpness]
  .flatMap((exports) => Object.entries(exports))
  .filter(
    (entry): entry is [string, ErrorClass] => (entry[1] as ErrorClass).prototype instanceof Error,
  );

it("finds the classes of errors", () => {
  expect(classes.map(([name]) => name)).toEqual(
    expect.arrayContaining(["DatasetError", "EigenError", "RuleCheckError", "ConfigError"]),
  );
});

it.each(classes)(
  "%s is an EossError under its own name, which the command line explains",
  (name, Class) => {
    const error = new Class("one", "two");
    expect(error).toBeInstanceOf(EossError);
    expect(error.name).toBe(name);
    expect(explain(error).text).toBe(`eoss: ${error.message}`);
    const received = receivedError(JSON.parse(JSON.stringify(sentError(error))));
    expect(explain(received)).toEqual(explain(error));
    expect(received.name).toBe(name);
  },
);

it("an error of the language is none: the command line shows its stack", () => {
  const error = new RangeError("b must be positive");
  expect(error).not.toBeInstanceOf(EossError);
  expect(explain(error).text).toContain("unexpected error");
  expect(explain(receivedError(sentError(error)))).toEqual(explain(error));
});
