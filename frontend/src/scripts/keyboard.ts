// The keys of an analyst. Deeds press the buttons of the page that say which key is theirs (data-hotkey), so that every page with
// such a button has the key, and what the button may not do the key does not do either.

import { closePanel, followRow, hasPanel, isOpen, openPanel } from "./panel";
import { chooseAll, chooseRange, current, extend, move, toggle } from "./selection";

const MOVES: Record<string, () => void> = {
  j: () => go(1),
  k: () => go(-1),
  J: () => extend(1),
  K: () => extend(-1),
  x: toggle,
  X: chooseRange,
  A: chooseAll,
  o: () => current()?.querySelector<HTMLAnchorElement>("a.row-title")?.click(),
};

export function startKeyboard(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "?" && !isTyping(event.target)) {
      event.preventDefault();
      document.getElementById("keys")?.togglePopover();
      return;
    }
    if (document.querySelector(":popover-open, dialog[open]") || isTyping(event.target)) return;
    if (press(event)) event.preventDefault();
  });
}

// Whether the key meant something here.
function press(event: KeyboardEvent): boolean {
  const { key } = event;
  const isInRows = (event.target as Element).closest("table[data-rows]") !== null;
  const act = MOVES[key];
  if (key === "/") (document.querySelector<HTMLInputElement>("[data-list-search]") ?? document.querySelector<HTMLInputElement>("[data-page-search]"))?.focus();
  else if (key === "Escape" && isOpen()) closePanel();
  else if (isInRows && key === "ArrowDown") go(1);
  else if (isInRows && key === "ArrowUp") go(-1);
  else if (key === "Enter") return enter(event.target as Element);
  else if (act) act();
  else return pressButton(key);
  return true;
}

function go(step: number): void {
  if (move(step)) followRow();
}

// On the current row, Enter shows it at the side; on every other link and button it is theirs.
function enter(target: Element): boolean {
  if (!current() || !(target === document.body || target.matches("a.row-title, table[data-rows] tr"))) return false;
  if (hasPanel()) void openPanel();
  else current()?.querySelector<HTMLAnchorElement>("a.row-title")?.click();
  return true;
}

function pressButton(key: string): boolean {
  if (key.length !== 1) return false;
  const button = document.querySelector<HTMLElement>(`[data-hotkey="${CSS.escape(key)}"]`);
  if (!button) return false;
  const sheet = button.getAttribute("popovertarget");
  button.click();
  if (sheet) document.getElementById(sheet)?.querySelector<HTMLElement>("select, textarea, input:not([type=hidden])")?.focus();
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}
