import { verifyModel } from "@eoss/lab";
import { formatReport } from "@eoss/lab/internal";
import { verifyFields } from "@eoss/run";
import { Command } from "commander";
import { EXIT } from "../exit.js";
import { addSettings, settingsOf } from "../settingFlags.js";
import { type Manual, manual } from "../ui/manual.js";
import { print, say } from "../ui/print.js";

const PAGE: Manual = {
  examples: [
    "eoss verify --model mlp --activation tanh --loss ce",
    "eoss verify --model cnn --data cifar10 --data-dir ~/cifar10 --samples 4",
    "eoss verify --model ./my-model.js --backend cpu",
  ],
  seeAlso: ["doctor", "train"],
};

/** `eoss verify`: derivatives of a network against differences, tensor by tensor. */
export function verifyCommand(): Command {
  const command = manual(new Command("verify"), PAGE)
    .description(
      "Checks gradient, Hessian and Gauss-Newton products of a network against finite differences, tensor " +
        "by tensor; exits with 1 if any disagrees. A check that stays undecided usually has differences " +
        "that step over kinks (ReLU, max pooling): verify on fewer samples.",
    )
    .option("--json", "print the report as JSON");
  return addSettings(command, verifyFields).action(async (flags: Record<string, unknown>) => {
    const settings = settingsOf(verifyFields, flags);
    // A check runs in one piece, some seconds to a minute: say at least what is going on.
    say(`checking ${settings.model} with ${settings.loss} on ${settings.samples} samples ...`);
    const report = await verifyModel(settings);
    print(
      flags.json ? JSON.stringify(report) : `backend ${report.backend}\n\n${formatReport(report)}`,
    );
    if (report.verdict === "disagrees") process.exitCode = EXIT.failed;
  });
}
