import { describeQuantities } from "@eoss/lab";
import { errorKindTexts, trainFields } from "@eoss/run";
import { Argument, Command } from "commander";
import { suggest } from "../completion/suggestions.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { table } from "../ui/table.js";

const PAGE: Manual = {
  examples: [
    "eoss quantities",
    "eoss quantities gap ./my-quantity.js their-package#entropy",
    "eoss train --data digits --lr 0.1 --batch 16 --steps 1000 \\",
    "           --measure minibs,gap,./my-quantity.js",
  ],
  seeAlso: ["train", "measure"],
};

/** `eoss quantities`: what --measure can name. */
export function quantitiesCommand(): Command {
  return manual(new Command("quantities"), PAGE)
    .description(
      "Describes the quantities that --measure takes, built in or from a file or package. A sharpness is " +
        "compared with the threshold of the optimizer (2/η for plain SGD) if the threshold is about the " +
        "same matrix. A product is one Hessian-vector product on the samples of the quantity.",
    )
    .addArgument(
      suggest(
        new Argument(
          "[NAME...]",
          "quantities as --measure takes them (default: the built-in ones)",
        ),
        trainFields.measure.suggestions ?? [],
      ),
    )
    .option("--json", "print one JSON array")
    .action(async (names: string[], flags: { json?: boolean }) => {
      const quantities = await describeQuantities(names);
      if (flags.json) {
        print(JSON.stringify(quantities));
        return;
      }
      const rows = quantities.map(({ name, over, unit, matrix, cost, description }) => [
        name,
        over,
        unit,
        matrix,
        cost,
        description,
      ]);
      const header = ["quantity", "over", "unit", "matrix", "cost", "what it is"];
      print(table(header, rows, Array(header.length).fill("left")));
      print(
        [
          "",
          "Errors of eigenvalues and directions (--certify selects which are certified):",
          ...errorKindTexts(),
        ].join("\n"),
      );
    });
}
