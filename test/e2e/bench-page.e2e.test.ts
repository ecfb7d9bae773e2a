// The page at /bench.html, in real Chromium, from a real server: the kernels put out the committed bytes, whatever memory
// the page gets, and everybody can read what came of it.
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { kernelCases } from "../../examples/playground/src/bench/kernel-cases.js";
import { KERNEL_DIGESTS } from "../../examples/playground/src/bench/kernel-digests.js";
import { accessFaults, misplaced } from "./page-faults.js";
import { viewerFixture } from "./viewer-fixture.js";

const fixture = viewerFixture();
const WIDTHS = [360, 768, 1024, 1920] as const;

type Opened = { readonly page: Page; readonly complaints: string[] };

async function openBench(prepare: (page: Page) => void = () => {}): Promise<Opened> {
  const server = await fixture.start({}, { page: "product" });
  const complaints: string[] = [];
  const page = await fixture.open(server, (opened) => {
    prepare(opened);
    opened.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") {
        complaints.push(message.text());
      }
    });
    opened.on("pageerror", (error) => complaints.push(error.message));
  });
  await page.getByTestId("to-bench").click();
  await page.getByTestId("run").waitFor();
  return { page, complaints };
}

/** As behind a proxy that drops the headers which isolate a page. */
function withoutIsolation(page: Page): void {
  void page.route("**/*", async (route) => {
    const response = await route.fetch();
    const headers = Object.entries(response.headers()).filter(([name]) => !name.startsWith("cross-origin-"));
    await route.fulfill({ response, headers: Object.fromEntries(headers) });
  });
}

async function runAll(page: Page): Promise<void> {
  await page.getByTestId("run").click();
  await page.locator("[data-testid=run-state][data-state=finished]").waitFor({ timeout: 100_000 });
}

/** Every digest on the page, by case and contender; floors have none. */
function digestsOn(page: Page): Promise<readonly (readonly [string, string, string])[]> {
  return page
    .getByTestId("contender")
    .evaluateAll((rows) =>
      rows
        .map(
          (row) =>
            [
              row.closest<HTMLElement>("[data-testid=case]")?.dataset.id ?? "",
              (row as HTMLElement).dataset.name ?? "",
              row.querySelector("[data-testid=digest]")?.textContent?.trim() ?? "",
            ] as const,
        )
        .filter(([, , digest]) => digest !== "–"),
    );
}

/** What each case says that it measures, and how long its bars are beside its ratios. */
function drawnOn(
  page: Page,
): Promise<readonly { id: string; words: string; bars: readonly (readonly [number, number])[] }[]> {
  return page.getByTestId("case").evaluateAll((cards) =>
    cards.map((card) => ({
      id: (card as HTMLElement).dataset.id ?? "",
      words: card.querySelector("p")?.textContent ?? "",
      bars: [...card.querySelectorAll("[data-testid=contender]")].map((row) => {
        const [full, bar] = [...row.querySelectorAll(".bar, .bar span")].map(
          (one) => one.getBoundingClientRect().width,
        );
        const ratio = Number.parseFloat(row.querySelectorAll("td")[1].textContent || "1");
        return [bar / full, ratio] as const;
      }),
    })),
  );
}

test("from the product's page: every kernel and twin, on plain and shared memory, comes to the committed digest", async () => {
  const { page, complaints } = await openBench();
  expect(await page.getByTestId("memory").getAttribute("data-isolated")).toBe("true");
  await runAll(page);
  const digests = await digestsOn(page);
  for (const { id } of kernelCases) {
    const ours = digests.filter(([name]) => name === id);
    expect(ours.map(([, name]) => name)).toEqual(
      expect.arrayContaining(["kernel", "kernel, shared memory", "TypeScript twin"]),
    );
    expect(ours.map(([, , digest]) => digest)).toEqual(ours.map(() => KERNEL_DIGESTS[id]));
  }
  expect(await page.locator("[data-testid=verdict][data-right=false]").count()).toBe(0);
  expect(await page.locator("main").innerText()).toContain("Read the ratios.");
  for (const { id, words, bars } of await drawnOn(page)) {
    expect(words, id).toBe(kernelCases.find((each) => each.id === id)?.measures);
    const [[ours]] = bars;
    expect(Math.max(...bars.map(([bar]) => bar)), id).toBeCloseTo(1, 1);
    for (const [bar, ratio] of bars) {
      // A bar is a speed: of one that is twice as slow, half as long. To a pixel or two.
      expect(Math.abs(bar - ours / ratio), `${id}, ${ratio}`).toBeLessThan(0.05);
    }
  }
  expect(complaints).toEqual([]);
});

test("a page that is not isolated says so, and measures on plain memory", async () => {
  const { page } = await openBench(withoutIsolation);
  expect(await page.getByTestId("memory").getAttribute("data-isolated")).toBe("false");
  await runAll(page);
  const digests = await digestsOn(page);
  expect(digests.some(([, name]) => name === "kernel, shared memory")).toBe(false);
  expect(digests.filter(([, name]) => name === "kernel").map(([id, , digest]) => [id, digest])).toEqual(
    kernelCases.map(({ id }) => [id, KERNEL_DIGESTS[id]]),
  );
});

test("what was measured is saved as JSON, with digests and the machine", async () => {
  const { page } = await openBench();
  await runAll(page);
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId("save").click()]);
  expect(download.suggestedFilename()).toBe("floe-kernels.json");
  const saved = JSON.parse(readFileSync(await download.path(), "utf8")) as {
    readonly userAgent: string;
    readonly isCrossOriginIsolated: boolean;
    readonly cases: readonly {
      readonly id: string;
      readonly contenders: readonly {
        readonly value: number;
        readonly ratio: number;
        readonly digest: string | null;
      }[];
    }[];
  };
  expect(saved).toMatchObject({ isCrossOriginIsolated: true });
  expect(saved.userAgent).toContain("Chrome");
  expect(saved.cases.map(({ id }) => id)).toEqual(kernelCases.map(({ id }) => id));
  for (const { id, contenders } of saved.cases) {
    expect(contenders[0]).toMatchObject({ ratio: 1, digest: KERNEL_DIGESTS[id] });
    expect(contenders.every(({ value }) => value > 0)).toBe(true);
  }
});

test("a run can be stopped, what was measured stays, and another one begins anew", async () => {
  const { page } = await openBench();
  await page.getByTestId("run").click();
  await page.getByTestId("verdict").first().waitFor();
  await page.getByTestId("run").click();
  await page.locator("[data-testid=run-state][data-state=stopped]").waitFor();
  expect(await page.getByTestId("verdict").count()).toBeGreaterThan(0);
  await runAll(page);
  expect(await page.getByTestId("verdict").count()).toBe(kernelCases.length);
});

test("axe finds nothing serious, by day and by night, nothing overlaps from 360 to 1920 pixels, the keyboard does it all", async () => {
  const { page } = await openBench();
  await page.locator("h1").click();
  const reached: string[] = [];
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.testid ?? ""));
    if (reached.at(-1) === "run") {
      await page.keyboard.press("Enter");
      await page.locator("[data-testid=run-state][data-state=finished]").waitFor({ timeout: 100_000 });
    }
  }
  expect(reached).toEqual(["to-page", "run", "samples-quick"]);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await misplaced(page, "h1, .head a, .card"), `${width} px`).toEqual([]);
    }
    expect(await accessFaults(page), colorScheme).toEqual([]);
  }
});
