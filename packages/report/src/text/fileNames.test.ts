import { openRun } from "@eoss/run";
import { describe, expect, it } from "vitest";
import { syntheticRun } from "../../../run/src/syntheticRun.fixture.js";
import { namedFigures } from "../figures/namedFigures.js";
import { renderReport } from "../page/report.js";
import { withoutFolders } from "./fileNames.js";
import { runLabels } from "./labels.js";

describe("withoutFolders", () => {
  it.each([
    ["/home/ada/rules/muon.js#fast lr=0.1", "muon.js#fast lr=0.1"],
    ["quantity=./q.js window=12", "quantity=q.js window=12"],
    ["../x/loss.mjs, ~/data/images/", "loss.mjs, images"],
    ["file:///home/my%20net.js#wide", "my net.js#wide"],
    ["file:///home/100%.js", "100%.js"],
    ["C:\\rules\\muon.js and C:/rules/muon.ts", "muon.js and muon.ts"],
    ['{"teacher":"/home/ada/net.js"}', '{"teacher":"net.js"}'],
    ["@lab/rules#muon and their-package", "@lab/rules#muon and their-package"],
    ["in loss / parameter², 1/2, 2/η, and /", "in loss / parameter², 1/2, 2/η, and /"],
  ])("%s: %s", (text, short) => expect(withoutFolders(text)).toBe(short));
});

describe("figures and pages of plug-ins", () => {
  const folder = "/home/ada/secret";
  const plugged = (name: string, lr: number) => {
    const optimizer = `${folder}/${name}`;
    const run = syntheticRun({ steps: 400, lr, plan: { optimizer: { name: optimizer } } });
    const { manifest } = run;
    const noise = `${folder}/noise.js`;
    return {
      ...run,
      manifest: {
        ...manifest,
        config: { ...manifest.config, optimizer, noise, loss: `${folder}/loss.js delta=1` },
        model: { ...manifest.model, name: `${folder}/net.js` },
        dataset: { ...manifest.dataset, name: `${folder}/x.npz` },
        plan: {
          ...manifest.plan,
          interventions: [
            { at: 200, noise },
            { at: 300, optimizer: { name: `${folder}/b.js` } },
          ],
        },
      },
    };
  };
  const [a, b] = [plugged("a.js", 0.1), plugged("c.js", 0.2)];

  it("name the files, and their folders in the settings alone", () => {
    for (const runs of [[a], [a, b]]) {
      const page = renderReport(runs);
      for (const name of ["a.js", "b.js", "noise.js"]) expect(page).toContain(name);
      const settings =
        /<h3>Settings<\/h3>[\s\S]*?<\/dl>|<section id="settings">[\s\S]*?<\/section>/g;
      expect(page.match(settings)!.join()).toContain(folder);
      const elsewhere = page.replace(settings, "").match(/.{0,80}\/home.{0,80}/g);
      expect(elsewhere).toBeNull();
    }
  });

  it("have no folder in the names and texts of their files", () => {
    for (const { name, svg } of namedFigures([a, b], 600)) {
      expect(name + svg).not.toMatch(/secret|ada/);
    }
  });

  it("tell runs apart whose files have the same name", () => {
    const twins = [plugged("x/a.js", 0.1), plugged("y/a.js", 0.1)].map((run, i) =>
      openRun({ ...run, directory: `runs/${i}` }),
    );
    expect(new Set(runLabels(twins)).size).toBe(2);
  });
});
