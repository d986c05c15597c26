import type { Locator } from "playwright-core";

/**
 * Presses a button of a part of the page as soon as the part says something, within the page: what goes on there goes
 * on while a test looks at it from outside, and on a busy machine the test would come too late.
 */
export function pressWhen(part: Locator, says: RegExp, name: string): Promise<void> {
  return part.evaluate(
    (root, [source, wanted]) =>
      new Promise<void>((resolve, reject) => {
        const words = new RegExp(source);
        const press = () => {
          if (!words.test(root.textContent ?? "")) return false;
          const button = [...root.querySelectorAll("button")].find(
            ({ textContent, disabled }) => textContent === wanted && !disabled,
          );
          if (button === undefined) reject(new Error(`no button ${wanted} can be pressed`));
          else button.click();
          resolve();
          return true;
        };
        if (press()) return;
        const observer = new MutationObserver(() => {
          if (press()) observer.disconnect();
        });
        observer.observe(root, { subtree: true, childList: true, characterData: true });
      }),
    [says.source, name] as const,
  );
}
