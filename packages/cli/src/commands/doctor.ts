import { type BackendDiagnosis, diagnose, type NativeDiagnosis } from "@eoss/lab";
import { Command } from "commander";
import pc from "picocolors";
import { EXIT } from "../exit.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

const PAGE: Manual = {
  examples: ["eoss doctor", "eoss doctor --json"],
  seeAlso: ["verify", "train"],
};

/** `eoss doctor`: what this machine has, and whether its numbers are right. */
export function doctorCommand(): Command {
  return manual(new Command("doctor"), PAGE)
    .description(
      "Checks this machine: which backends are installed, how fast they are, and whether their products " +
        "are correct. Exits with 1 if an installed backend is wrong.",
    )
    .option("--json", "print the diagnosis as JSON")
    .action(async (flags: { json?: boolean }) => {
      const diagnosis = await diagnose();
      if (flags.json) print(JSON.stringify(diagnosis));
      else {
        const { eoss, node, platform, cores, memory, backends, native } = diagnosis;
        print(
          `eoss ${eoss} · Node ${node} · ${platform} · ${cores} cores · ${memory.toFixed(1)} GiB`,
        );
        for (const backend of backends) print(describe(backend));
        print(describeNative(native));
      }
      if (!diagnosis.healthy) process.exitCode = EXIT.failed;
    });
}

function describe({
  name,
  problem,
  advice,
  card,
  gigaflops,
  productError,
}: BackendDiagnosis): string {
  if (advice !== undefined) return `${pc.dim("○")} ${name}: not installed; optional: ${advice}`;
  const mark = problem === undefined ? pc.green("✓") : pc.red("✗");
  const parts = [
    card,
    problem,
    gigaflops && `matrix products ${gigaflops.toFixed(1)} GFLOP/s`,
    problem === undefined && `Hessian product correct to ${productError!.toExponential(0)}`,
  ];
  return `${mark} ${name}: ${parts.filter(Boolean).join(", ")}`;
}

function describeNative({ name, advice, gigaflops }: NativeDiagnosis): string {
  if (name === undefined) return `${pc.dim("○")} native products for wasm, optional: ${advice}`;
  return (
    `${pc.green("✓")} native products for wasm: ${name}, matrix products ${gigaflops!.toFixed(1)} GFLOP/s; ` +
    "runs take them where EOSS_KERNELS=native is set"
  );
}
