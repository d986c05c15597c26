import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "vitest";

/**
 * A file system with limits, mounted while a test runs; where there can be none the test is skipped, and
 * the reason is printed.
 *
 * @param limits options of tmpfs
 */
export function smallDisk(root: string, limits: string, test: TestContext): string {
  const disk = mkdtempSync(join(root, "disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", limits, "tmpfs", disk], { stdio: "pipe" });
  } catch (error) {
    const reason = `mounting needs root: ${(error as Error).message.split("\n")[0]}`;
    console.log(`skipped: ${test.task.name} (${reason})`);
    test.skip(reason);
  }
  test.onTestFinished(() => void execFileSync("umount", [disk]));
  return disk;
}
