import { type BackendDiagnosis, diagnose } from "@eoss/lab";
import { Command } from "commander";
import pc from "picocolors";
import { EXIT } from "../exit.js";

/** `eoss doctor`: what this machine has, and whether its numbers are right. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("check this machine: backends, their speed, and whether their products are right")
    .option("--json", "print the diagnosis as JSON")
    .action(async (flags: { json?: boolean }) => {
      const diagnosis = await diagnose();
      if (flags.json) console.log(JSON.stringify(diagnosis));
      else {
        const { eoss, node, platform, cores, memory, backends } = diagnosis;
        console.log(
          `eoss ${eoss} · Node ${node} · ${platform} · ${cores} cores · ${memory.toFixed(1)} GiB`,
        );
        for (const backend of backends) console.log(describe(backend));
      }
      if (!diagnosis.healthy) process.exitCode = EXIT.failed;
    });
}

function describe({ name, problem, advice, gigaflops, productError }: BackendDiagnosis): string {
  if (advice !== undefined) return `${pc.dim("○")} ${name}: not installed; optional: ${advice}`;
  if (problem !== undefined) return `${pc.red("✗")} ${name}: ${problem}`;
  const speed = `matrix products ${gigaflops!.toFixed(1)} GFLOP/s`;
  const error = `Hessian product right to ${productError!.toExponential(0)}`;
  return `${pc.green("✓")} ${name}: ${speed}, ${error}`;
}
