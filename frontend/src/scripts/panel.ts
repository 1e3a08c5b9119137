// The side panel: the current finding in short, beside the list, whose address and place stay. What the next key is likely to show
// is asked for ahead, so that it is there when the key comes; it is kept for a moment only, and forgotten at every deed.

import { beside, current } from "./selection";

const PAUSE_MS = 60;
const KEPT_MS = 20_000;

interface Asked {
  answer: Promise<string>;
  call: AbortController;
  until: number;
  isThere: boolean;
}

class SignedOutError extends Error {}

const asked = new Map<string, Asked>();
let waiting: number | undefined;
let wanted: string | undefined;
let shown: string | undefined;

export function startPanel(): void {
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-closes-panel]")) closePanel();
  });
}

export function isOpen(): boolean {
  return panel()?.hidden === false;
}

export function closePanel(): void {
  const aside = panel();
  wanted = undefined;
  if (aside) aside.hidden = true;
}

export async function openPanel(): Promise<void> {
  const aside = panel();
  const finding = current()?.dataset.finding;
  if (!aside || !finding) return;
  wanted = finding;
  callOffBut(finding);
  try {
    const html = await ask(aside, finding);
    if (wanted === finding) show(aside, finding, html);
  } catch (error) {
    if (error instanceof SignedOutError) location.reload();
    else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

// Another row is the current one: an open panel follows, a closed one gets ready.
export function followRow(): void {
  if (isOpen()) void openPanel();
  else soon(() => getReady(current()));
}

// Something was done: whatever was asked for before may be wrong by now.
export function refreshPanel(): void {
  callOffBut();
  asked.clear();
  if (isOpen()) void openPanel();
}

export function hasPanel(): boolean {
  return panel() !== null;
}

function panel(): HTMLElement | null {
  return document.getElementById("panel");
}

function show(aside: HTMLElement, finding: string, html: string): void {
  aside.innerHTML = html; // escaped by the server's template
  aside.hidden = false;
  if (finding !== shown) aside.scrollTop = 0;
  shown = finding;
  soon(() => [1, -1].forEach((step) => getReady(beside(step))));
}

// Not before the keys rest: a row that is only passed by is not asked for.
function soon(work: () => void): void {
  clearTimeout(waiting);
  waiting = window.setTimeout(work, PAUSE_MS);
}

function getReady(row: HTMLElement | null): void {
  const aside = panel();
  const finding = row?.dataset.finding;
  // Nobody asked for it yet: when it fails now, it is asked for again when somebody does.
  if (aside && finding) ask(aside, finding).catch(() => undefined);
}

function ask(aside: HTMLElement, finding: string): Promise<string> {
  const before = asked.get(finding);
  if (before && performance.now() < before.until) return before.answer;
  const call = new AbortController();
  const one: Asked = { answer: fetchPanel(`${aside.dataset.panel}${finding}/panel/`, call.signal), call, until: performance.now() + KEPT_MS, isThere: false };
  asked.set(finding, one);
  one.answer.then(
    () => (one.isThere = true),
    () => asked.get(finding) === one && asked.delete(finding),
  );
  return one.answer;
}

async function fetchPanel(address: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(address, { signal, headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) throw new SignedOutError();
  return answer.text();
}

function callOffBut(finding?: string): void {
  for (const [name, one] of asked) {
    if (name === finding || one.isThere) continue;
    one.call.abort();
    asked.delete(name);
  }
}
