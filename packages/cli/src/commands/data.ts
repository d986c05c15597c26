import { fetchDataset, fetchedNames } from "@eoss/data/node";
import { Command } from "commander";
import pc from "picocolors";
import { interruptSignal } from "../ui/interrupt.js";
import { LiveLine } from "../ui/liveLine.js";
import { type Manual, manual } from "../ui/manual.js";
import { print } from "../ui/print.js";

interface Flags {
  dataDir?: string;
  url?: string;
  md5?: string;
}

const PAGE: Manual = {
  examples: [
    "eoss data cifar10 --data-dir ~/data/cifar10",
    "eoss data fashion-mnist --data-dir ~/data/fashion",
  ],
  exits: ["interrupted"],
  files: { "DIR/": "the files of the data set, for eoss train --data-dir" },
  seeAlso: ["train"],
};

/** `eoss data`: brings a data set that is not embedded onto this machine. */
export function dataCommand(): Command {
  return manual(new Command("data"), PAGE)
    .description(
      "Downloads a data set that is not embedded and checks it against its checksum. Complete files are " +
        "left as they are. Where no program may fetch the files, it says which to put where. This is the only " +
        "command that uses the network.",
    )
    .argument("<NAME>", `${fetchedNames.join(", ")} (digits are embedded)`)
    .requiredOption("--data-dir <DIR>", "folder for the files")
    .option(
      "--url <URL>",
      "a mirror of the official archive, or of the folder of the official files",
    )
    .option("--md5 <HEX>", "checksum of the archive at the mirror (default: the official one's)")
    .action(async (name: string, { dataDir, url, md5 }: Flags) => {
      const line = new LiveLine();
      const began = performance.now();
      const { status } = await fetchDataset(name, {
        dataDir: dataDir!,
        ...(url && { url }),
        ...(md5 && { md5 }),
        signal: interruptSignal(),
        onProgress: (bytes, total) =>
          line.show(() => progressText(bytes, total, performance.now() - began)),
      }).finally(() => line.clear());
      print(
        `${pc.bold(dataDir!)}: ${status === "present" ? "already complete" : "downloaded and checked"}`,
      );
    });
}

function progressText(bytes: number, total: number | undefined, milliseconds: number): string {
  const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`;
  const rate = bytes / (milliseconds / 1000);
  const rest =
    total === undefined
      ? ""
      : ` of ${megabytes(total)} · ${Math.round((total - bytes) / rate)} s left`;
  return `${megabytes(bytes)}${rest} · ${megabytes(rate)}/s`;
}
