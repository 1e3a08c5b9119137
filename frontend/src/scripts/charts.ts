// Charts drawn from the tables beside them: a number stands in one place, and a bar leads where its cell leads.
// Drawn as SVG, since the content security policy allows no inline styles; tips are drawn too, not written as HTML.

import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, GridComponent, LegendComponent, MarkLineComponent, SVGRenderer, TooltipComponent]);

const STEP = 26;
const COLOURS: Record<string, string> = {
  opened: "--accent",
  reopened: "--accent",
  fixed: "--good",
  dismissed: "--muted",
  share: "--accent",
  unknown: "--info",
};
// A pattern beside each colour, so that bars can be told apart without it; the first of a stack is plain.
const line = (rotation: number, gap: number) => ({ symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, gap], rotation });
const dots = { symbol: "circle", symbolSize: 0.7, dashArrayX: [[5, 5], [0, 5, 5, 0]], dashArrayY: [5, 0] };
const PATTERNS: Record<string, object> = {
  high: line(-Math.PI / 4, 5),
  medium: dots,
  low: line(Math.PI / 2, 6),
  info: line(0, 6),
  unknown: line(Math.PI / 4, 9),
  reopened: line(-Math.PI / 4, 5),
  dismissed: dots,
};

interface Series {
  key: string;
  label: string;
  stack: string;
  column: number;
}

interface Drawn {
  chart: EChartsType;
  box: HTMLElement;
  table: HTMLTableElement;
}

export function startCharts(): void {
  const drawn: Drawn[] = [];
  for (const box of document.querySelectorAll<HTMLElement>("[data-chart-of]")) {
    const table = document.getElementById(box.dataset.chartOf ?? "");
    if (table instanceof HTMLTableElement) drawn.push(start(box, table));
  }
  const again = (): void => drawn.forEach(draw);
  new MutationObserver(again).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  matchMedia("(width < 48rem)").addEventListener("change", again);
}

function start(box: HTMLElement, table: HTMLTableElement): Drawn {
  box.hidden = false;
  const twin = table.closest("details");
  if (twin) twin.open = false;
  if (table.dataset.lies !== undefined) box.style.blockSize = `${rows(table).length * STEP + 90}px`;
  const made = { chart: init(box, null, { renderer: "svg" }), box, table };
  draw(made);
  new ResizeObserver(() => made.chart.resize()).observe(box);
  made.chart.on("click", (event) => {
    const column = series(table)[event.seriesIndex ?? -1]?.column;
    const cell = column === undefined ? undefined : cells(rows(table)[event.dataIndex])[column];
    const link = cell?.querySelector("a");
    if (link) location.assign(link.href);
  });
  for (const button of box.closest("section")?.querySelectorAll<HTMLButtonElement>("[data-chart-file]") ?? []) {
    button.hidden = false;
    button.addEventListener("click", () => void save(made, button.dataset.chartFile === "png"));
  }
  return made;
}

function draw({ chart, box, table }: Drawn): void {
  const colour = (name: string): string => resolved(box, name);
  const lies = table.dataset.lies !== undefined;
  const percent = table.dataset.percent !== undefined;
  const narrow = matchMedia("(width < 48rem)").matches;
  const names = rows(table).map((row) => row.querySelector("th")?.textContent?.trim() ?? "");
  const told = (value: unknown): string => (percent ? `${Math.round(Number(value) * 1000) / 10} %` : Number(value).toLocaleString(document.documentElement.lang));
  // Names of fonts stand in attributes of the drawing, whose quotes they must not end.
  const fontFamily = getComputedStyle(box).fontFamily.replaceAll('"', "'");
  const text = { color: colour("--muted"), fontFamily, fontSize: 12 };
  const category = {
    type: "category",
    data: names,
    inverse: lies,
    axisLine: { lineStyle: { color: colour("--line-strong") } },
    axisTick: { show: false },
    axisLabel: { ...text, hideOverlap: true, ...(lies ? { width: narrow ? 90 : 180, overflow: "truncate" } : {}) },
  };
  const value = {
    type: "value",
    minInterval: percent ? 0.25 : 1,
    ...(percent ? { max: 1 } : {}),
    splitLine: { lineStyle: { color: colour("--line") } },
    axisLabel: { ...text, formatter: told, hideOverlap: true },
  };
  chart.setOption(
    {
      backgroundColor: colour("--surface"),
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      animationDuration: 250,
      textStyle: { fontFamily },
      legend: { show: series(table).length > 1, type: "plain", top: 0, left: 0, itemGap: 14, textStyle: { ...text, color: colour("--text") } },
      grid: { top: series(table).length > 1 ? (narrow ? 56 : 36) : percent ? 28 : 12, left: 8, right: percent ? 56 : lies ? 28 : 12, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: {
        trigger: "axis",
        axisPointer: { type: "shadow", z: 0, shadowStyle: { color: colour("--accent-tint"), opacity: 0.5 } },
        renderMode: "richText",
        confine: true,
        valueFormatter: told,
        backgroundColor: colour("--surface"),
        borderColor: colour("--line-strong"),
        textStyle: { ...text, color: colour("--text") },
      },
      xAxis: lies ? value : category,
      yAxis: lies ? category : value,
      series: series(table).map((one, number) => ({
        type: "bar",
        name: one.label,
        stack: one.stack,
        barMaxWidth: lies ? 16 : 36,
        barMinHeight: percent ? 0 : 1,
        cursor: "pointer",
        color: colour(COLOURS[one.key] ?? `--${one.key}`),
        itemStyle: { decal: decal(PATTERNS[one.key], colour("--surface")), borderColor: colour("--surface"), borderWidth: 0.5 },
        data: rows(table).map((row) => numberOf(cells(row)[one.column], percent)),
        ...(number === 0 ? target(table, lies, text) : {}),
        ...(percent ? { label: { ...text, show: true, position: "right", color: colour("--text"), formatter: (bar: { value: unknown }) => told(bar.value) } } : {}),
      })),
    },
    { notMerge: true },
  );
}

function target(table: HTMLTableElement, lies: boolean, text: { color: string }): object {
  const at = table.dataset.target;
  if (at === undefined) return {};
  const place = lies ? { xAxis: Number(at) } : { yAxis: Number(at) };
  const label = { ...text, formatter: table.dataset.targetLabel ?? "", position: "start" };
  return { markLine: { silent: true, symbol: "none", data: [place], label, lineStyle: { type: "dashed", width: 1.5, color: text.color } } };
}

function decal(pattern: object | undefined, colour: string): object | undefined {
  return pattern && { ...pattern, color: colour };
}

function series(table: HTMLTableElement): Series[] {
  const heads = [...table.querySelectorAll<HTMLTableCellElement>("thead th")].slice(1);
  return heads
    .map((head, column) => ({ key: head.dataset.series ?? "", label: head.textContent?.trim() ?? "", stack: head.dataset.stack ?? "", column }))
    .filter((one) => one.key !== "");
}

function rows(table: HTMLTableElement): HTMLTableRowElement[] {
  return [...(table.tBodies[0]?.rows ?? [])];
}

function cells(row: HTMLTableRowElement | undefined): HTMLTableCellElement[] {
  return [...(row?.querySelectorAll("td") ?? [])];
}

// What is unknown is not drawn; a count of zero is no bar either, so that nothing stands where nothing is.
function numberOf(cell: HTMLTableCellElement | undefined, isShare: boolean): number | null {
  const given = cell?.dataset.value;
  return given === undefined || (Number(given) === 0 && !isShare) ? null : Number(given);
}

// Tokens name two colours each, for light and dark; an element that wears one says which it is now.
function resolved(box: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  box.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

async function save({ chart, box, table }: Drawn, asPicture: boolean): Promise<void> {
  const name = table.dataset.name ?? "chart";
  const drawing = chart.getDataURL({ type: "svg" });
  if (!asPicture) {
    hand(unpacked(drawing), `${name}.svg`);
    return;
  }
  const picture = new Image();
  picture.src = drawing;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = box.clientWidth * 2;
  canvas.height = box.clientHeight * 2;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && hand(blob, `${name}.png`));
}

// The policy lets pages ask only our own server, so the address is unpacked here.
function unpacked(address: string): Blob {
  return new Blob([decodeURIComponent(address.slice(address.indexOf(",") + 1))], { type: "image/svg+xml" });
}

function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
