import { describe, expect, it } from "vitest";
import { renderPage } from "../../src/picture/page.ts";
import { renderPicture } from "../../src/picture/picture.ts";
import { act, run, start } from "./inputs.ts";

/** The numbers of one attribute of all elements that a pattern finds. */
function numbers(svg: string, element: RegExp, attribute: string): number[] {
  return [...svg.matchAll(element)].map(([text]) => Number(new RegExp(`\\b${attribute}="([-\\d.]+)"`).exec(text)![1]));
}

const failureBar = /<rect class="red failure"[^>]*>/g;

describe("the picture", () => {
  it("says in words what it shows", () => {
    const events = [{ at: start + 30_000, label: "switch" }];
    const svg = renderPicture(run({ events }));
    expect(svg).toContain('role="img" aria-labelledby="bgp-title bgp-desc"');
    expect(svg).toContain('<title id="bgp-title">A run</title>');
    expect(svg).toMatch(/<desc[^>]*>30,000 requests sent, 0 failed\. Blue answered 15,000, green 15,000\./);
    expect(svg).toContain("Events: switch at 0:30.");
    expect(svg).toContain("requests per second");
  });

  it("needs nothing from outside and runs nothing", () => {
    for (const text of [renderPicture(run()), renderPage(run({ acts: [act()] }))]) {
      expect(text.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
        /https?:|<script|@import|url\(|href=|src=/,
      );
    }
  });

  it("shows a single failure out of thirty thousand, high enough to see, and counts it", () => {
    const svg = renderPicture(run({ seconds: (second) => (second.t === 42 ? { ...second, failed: 1 } : second) }));
    expect(numbers(svg, failureBar, "height")).toEqual([4]);
    expect(numbers(svg, failureBar, "width")[0]).toBeGreaterThanOrEqual(3);
    expect(svg).toMatch(/<text class="failures"[^>]*>1 failed<\/text>/);
    expect(svg.indexOf('class="red failure"')).toBeGreaterThan(svg.indexOf('<path class="green"'));
  });

  it("shows a single failure in a run of hours too", () => {
    const input = run();
    const seconds = Array.from({ length: 7200 }, (_, t) => {
      return { t, blue: 500, green: 0, none: 0, failed: t === 3601 ? 1 : 0 };
    });
    const report = { ...input.report, endedAt: start + 7_200_000, seconds };
    const svg = renderPicture({ ...input, report });
    expect(numbers(svg, failureBar, "height")).toEqual([4]);
    expect(svg.length).toBeLessThan(60_000);
  });

  it("shows no failure where there is none", () => {
    const svg = renderPicture(run());
    expect(svg).not.toContain('class="red failure"');
    expect(svg).not.toContain('class="failures"');
    expect(svg).toContain("failed 0");
  });

  it("draws each color where it answered", () => {
    const svg = renderPicture(run());
    const first = (tone: string) => Number(new RegExp(`<path class="${tone}"[^>]*d="M([\\d.]+)`).exec(svg)![1]);
    expect(first("blue")).toBe(60);
    expect(first("green")).toBeCloseTo((60 + 932) / 2);
    expect(svg).not.toContain('<path class="none"');
  });

  it("escapes every text it is given", () => {
    const evil = `<script>"&'\u0000`;
    const input = run({
      events: [{ at: start, label: evil }],
      acts: [act({ name: evil, note: evil, state: evil, router: evil, from: start, to: start + 60_000 })],
    });
    const page = renderPage({ ...input, title: evil, subtitle: evil });
    expect(page).not.toContain("<script");
    expect(page).not.toContain("\u0000");
    expect(page.split("&lt;script&gt;&quot;&amp;&#39;").length).toBeGreaterThan(8);
  });

  it("survives a run without a single second", () => {
    const svg = renderPicture({
      ...run(),
      report: { startedAt: start, endedAt: start, sent: 0, failed: 0, seconds: [] },
    });
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it("gives the same text for the same input", () => {
    expect(renderPicture(run())).toBe(renderPicture(run()));
  });

  it("numbers the acts on the axis and lists them on the page", () => {
    const acts = [
      act({ name: "deploy green", from: start, to: start + 30_000 }),
      act({ name: "switch", from: start + 30_000, to: start + 60_000, failed: 3 }),
    ];
    const page = renderPage(run({ acts }));
    expect(page.match(/class="act-number">\d/g)).toEqual(['class="act-number">1', 'class="act-number">2']);
    expect(page.match(/<tr>/g)).toHaveLength(3);
    expect(page).toContain('<td class="right bad">3</td>');
    expect(page).toContain('<th scope="col" class="">answered by</th>');
  });
});
