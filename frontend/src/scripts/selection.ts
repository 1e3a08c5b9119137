// Rows of a list: which one is the current one (it has the focus, so that screen readers follow), and which are chosen.

// The finding that was chosen last, from which a range goes; by its number, since rows are replaced by newer ones.
let anchor: string | undefined;

export function startSelection(): void {
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches("input[data-all-rows]")) {
      for (const box of boxes()) box.checked = field.checked;
    }
    if (field.form) tellNumber();
  });
  document.addEventListener("click", (event) => {
    const box = event.target as HTMLInputElement;
    if (!(box instanceof HTMLInputElement) || !box.matches(".cell-check input[name]")) return;
    if (event.shiftKey) choose(anchored() ?? box, box, box.checked);
    anchor = rowOf(box);
  });
  document.addEventListener("focusin", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("table[data-rows] tbody tr");
    if (row && row !== current()) mark(row);
  });
}

export function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("table[data-rows] tbody tr")];
}

export function current(): HTMLElement | null {
  return document.querySelector<HTMLElement>("table[data-rows] tr.is-current");
}

// The row that so many steps lead to; the first and the last one go no further.
export function beside(step: number): HTMLElement | null {
  const all = rows();
  const before = all.findIndex((row) => row.matches(".is-current"));
  return all[Math.max(0, Math.min(all.length - 1, before + step))] ?? null;
}

export function move(step: number): HTMLElement | null {
  const after = beside(step);
  if (!after) return null;
  mark(after);
  focusRow(after);
  return after;
}

export function focusRow(row: HTMLElement): void {
  row.querySelector<HTMLElement>("a.row-title")?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

export function mark(row: HTMLElement): void {
  current()?.removeAttribute("aria-current");
  current()?.classList.remove("is-current");
  row.classList.add("is-current");
  row.setAttribute("aria-current", "true");
}

export function toggle(): void {
  const box = boxOf(current());
  if (!box) return;
  box.checked = !box.checked;
  anchor = rowOf(box);
  tellNumber();
}

// Chooses from the row that was chosen last to the current one.
export function chooseRange(): void {
  const box = boxOf(current());
  if (!box) return;
  choose(anchored() ?? box, box, true);
  anchor = rowOf(box);
}

// Moves on and takes the next row along.
export function extend(step: number): void {
  const box = boxOf(current());
  if (box) {
    box.checked = true;
    anchor = rowOf(box);
  }
  move(step);
  chooseRange();
}

export function chooseAll(): void {
  const head = document.querySelector<HTMLInputElement>("input[data-all-rows]");
  head?.click();
}

export function boxes(): HTMLInputElement[] {
  return [...document.querySelectorAll<HTMLInputElement>("table[data-rows] .cell-check input[name]")];
}

export function boxOf(row: HTMLElement | null): HTMLInputElement | null {
  return row?.querySelector<HTMLInputElement>(".cell-check input[name]") ?? null;
}

// After a deed its rows are no longer chosen, and no range begins at one of them.
export function chooseNoMore(done: (HTMLElement | null)[]): void {
  for (const row of done) {
    const box = boxOf(row);
    if (box) box.checked = false;
    if (row?.dataset.finding === anchor) anchor = undefined;
  }
  tellNumber();
}

export function tellNumber(): void {
  const all = boxes();
  const number = all.filter((box) => box.checked).length;
  for (const place of document.querySelectorAll("[data-chosen-number]")) place.textContent = String(number);
  const head = document.querySelector<HTMLInputElement>("input[data-all-rows]");
  if (head) head.checked = number > 0 && number === all.length;
}

function anchored(): HTMLInputElement | null {
  return anchor === undefined ? null : boxOf(document.querySelector(`table[data-rows] tr[data-finding="${anchor}"]:not(.member)`));
}

function rowOf(box: HTMLInputElement): string | undefined {
  return box.closest<HTMLElement>("tr")?.dataset.finding;
}

function choose(from: HTMLInputElement, to: HTMLInputElement, checked: boolean): void {
  const all = boxes();
  const [first = 0, last = 0] = [all.indexOf(from), all.indexOf(to)].sort((one, other) => one - other);
  for (const box of all.slice(Math.max(0, first), last + 1)) box.checked = checked;
  tellNumber();
}
