// What would keep somebody from using a page: what axe finds, what sticks out, what lies over something else.
import axe from "axe-core";
import type { Page } from "playwright";

/** What axe finds that keeps somebody out, each as one line. */
export async function accessFaults(page: Page): Promise<readonly string[]> {
  // As the debugger's word, not as a script of the page: its policy takes none from elsewhere.
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const inPage = (globalThis as unknown as { readonly axe: typeof axe }).axe;
    const { violations, passes } = await inPage.run();
    if (passes.length < 10) {
      throw new Error(`axe looked at nearly nothing: ${passes.length} rules passed`);
    }
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  });
}

/** Whatever sticks out of the page, and which of its `parts` (a selector) lie over another, each as one line. */
export function misplaced(page: Page, parts: string): Promise<readonly string[]> {
  return page.evaluate((selector) => {
    const found: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth) {
      found.push(`the page is ${document.documentElement.scrollWidth} wide in ${innerWidth}`);
    }
    const shown = [...document.querySelectorAll<HTMLElement>(selector)];
    const boxes = shown.map((element) => ({
      name: element.className || element.localName,
      box: element.getBoundingClientRect(),
    }));
    boxes.forEach((one, i) => {
      for (const other of boxes.slice(i + 1)) {
        const x = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const y = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
        if (x > 1 && y > 1) {
          found.push(`${one.name} and ${other.name} overlap`);
        }
      }
    });
    for (const element of document.querySelectorAll<HTMLElement>("button, dt, dd, p, h2, span")) {
      if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline") {
        found.push(`"${element.textContent}" is cut off`);
      }
    }
    return found;
  }, parts);
}
