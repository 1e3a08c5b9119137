// The side panel: the current finding in short, beside the list, whose address and place stay.

import { current } from "./selection";

let asking: AbortController | undefined;

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
  if (aside) aside.hidden = true;
}

export async function openPanel(): Promise<void> {
  const aside = panel();
  const finding = current()?.dataset.finding;
  if (!aside || !finding) return;
  asking?.abort();
  asking = new AbortController();
  try {
    const address = `${aside.dataset.panel}${finding}/panel/`;
    const answer = await fetch(address, { signal: asking.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) {
      location.reload();
      return;
    }
    aside.innerHTML = await answer.text(); // escaped by the server's template
    aside.hidden = false;
    aside.scrollTop = 0;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

export function refreshPanel(): void {
  if (isOpen()) void openPanel();
}

export function hasPanel(): boolean {
  return panel() !== null;
}

function panel(): HTMLElement | null {
  return document.getElementById("panel");
}
