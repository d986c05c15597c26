import { type Imported, importWeights, type Layout, layouts } from "@eoss/exchange";
import { shownModule } from "@eoss/lab/internal";
import { parseTrainConfig, type TrainConfig, trainFields } from "@eoss/run";
import { Command, Option } from "commander";
import pc from "picocolors";
import { addSettings, settingsOf } from "../settingFlags.js";
import { freeDirectory } from "../ui/freeDirectory.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";
import { importResultsCommand } from "./importResults.js";

const PAGE: Manual = {
  examples: [
    "eoss import weights mlp.safetensors --data digits --width 64 \\",
    "                    --lr 0.1 --batch 16 --steps 1000 --out runs/theirs",
    "eoss import results results.txt --out runs/theirs",
  ],
  seeAlso: ["import weights", "import results", "measure", "resume"],
};

const WEIGHTS_PAGE: Manual = {
  examples: [
    "eoss import weights mlp.safetensors --data digits --width 128,128 \\",
    "                    --lr 0.2 --batch 16 --steps 4000 --out runs/theirs",
    "eoss measure runs/theirs --at init --measure fullbs,minibs",
    "eoss static --run runs/theirs --at init",
    "eoss resume runs/theirs                  (train from there)",
    "eoss import weights arrays.npz --layout torch --model cnn --data cifar10 \\",
    "                    --data-dir ~/cifar10 --lr 0.01 --batch 16 --steps 1000",
  ],
  files: {
    FILE:
      "safetensors (float32), .npz or .npy (float32, float64). Tensors have the names of the network's " +
      "parameters, or LAYER.weight and LAYER.bias (PyTorch), or LAYER.kernel and LAYER.bias, or arr_0, " +
      "arr_1, ... in the network's order. Pickles (.pt) run code and are not read",
    "DIR/initial.safetensors": "the weights under the names and in the shapes of the network",
    "DIR/run.json": "settings, and how each tensor of the file was used",
  },
  seeAlso: ["measure", "static", "resume", "train"],
};

/** What has no part in a run whose parameters are given. */
const { init: _, "init-scale": __, "init-seed": ___, ...fields } = trainFields;

/** `eoss import`: what was made elsewhere, as run folders. */
export function importCommand(): Command {
  return manual(new Command("import"), PAGE)
    .description("Makes run folders from weights or results of other programs.")
    .addCommand(importWeightsCommand())
    .addCommand(importResultsCommand());
}

function importWeightsCommand(): Command {
  const command = manual(new Command("weights"), WEIGHTS_PAGE)
    .summary("start a run from the weights in a file")
    .description(
      "Starts a run from the weights in a file and leaves it at step 0: measure it, or resume it to " +
        "train. The settings are those of eoss train; --data, --lr, --batch and --steps are required. " +
        "Tensors are matched by name and shape; the output lists what was done with each. Anything " +
        "ambiguous is an error.",
    )
    .argument("<FILE>", "safetensors, .npz or .npy")
    .option("--config <FILE>", "settings from a JSON or YAML file, under the names of these flags")
    .option("--out <DIR>", "folder of the run (default: a new one under runs/)")
    .addOption(
      new Option(
        "--layout <NAME>",
        "layout of kernels: torch is [out, in] and OIHW, tf is [in, out] and HWIO (default: from the " +
          "names, LAYER.weight or LAYER.kernel)",
      ).choices([...layouts]),
    )
    .option("--json", "print only one JSON object on stdout");
  return addSettings(command, fields).action(
    async (file: string, flags: Record<string, unknown>) => {
      const config = parseTrainConfig(settingsOf(fields, flags));
      const out = (flags.out as string | undefined) ?? freeDirectory(defaultDirectory(config));
      const layout = flags.layout as Layout | undefined;
      const imported = await importWeights(file, config, { out, layout });
      print(flags.json ? JSON.stringify(imported) : describe(imported));
    },
  );
}

function defaultDirectory({ data, model }: TrainConfig): string {
  return `runs/${data}-${shownModule(model)
    .replace(/[^\w]+/g, "-")
    .replace(/^-|-$/g, "")}-imported`;
}

function describe({ directory, layout, mapping, manifest }: Imported): string {
  return [
    `${manifest.model.name} with ${manifest.model.parameters} parameters, kernels as ${layout}:`,
    ...mapping.map((line) => `  ${line}`),
    "",
    `run folder at step 0: ${pc.bold(directory)}`,
    `measure it with: eoss measure ${directory} --at init`,
  ].join("\n");
}
