import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foreign, hasChromium, openPage, openSite, type Site } from "./site.js";

const FIRST_PAGE = 200_000;

describe.runIf(hasChromium)("the first page", () => {
  let site: Site;

  beforeAll(async () => {
    site = await openSite();
  });

  afterAll(() => site?.close());

  it(`loads less than ${FIRST_PAGE / 1000} kB compressed, all of it from here`, async () => {
    const { page, requests, errors, context } = await openPage(site, "/");
    await page.waitForLoadState("networkidle");
    expect(foreign(requests, site.origin)).toEqual([]);
    const bytes = requests.reduce((sum, url) => sum + site.size(new URL(url).pathname), 0);
    console.log(`the first page: ${Math.round(bytes / 1000)} kB in ${requests.length} files`);
    expect(bytes).toBeLessThan(FIRST_PAGE);
    expect(errors).toEqual([]);
    await context.close();
  });
});
