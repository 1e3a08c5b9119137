// Choosing rows of a list: all of the page at once, how many are chosen, and the keys j k x Enter.

export function startRows(): void {
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    if (field.matches("input[data-all-rows]")) {
      for (const box of boxes(field.form)) box.checked = field.checked;
    }
    if (field.form) tell(field.form);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "/") {
      event.preventDefault();
      (document.querySelector<HTMLInputElement>("[data-list-search]") ?? document.querySelector<HTMLInputElement>("[data-page-search]"))?.focus();
    } else if (event.key === "j" || event.key === "k") {
      move(event.key === "j" ? 1 : -1);
    } else if (event.key === "x") {
      current()?.querySelector<HTMLInputElement>(".cell-check input")?.click();
    } else if (event.key === "Enter" && event.target === document.body) {
      current()?.querySelector<HTMLAnchorElement>("a.row-title")?.click();
    } else if (event.key === "?") {
      document.getElementById("keys")?.togglePopover();
    }
  });
}

function boxes(form: HTMLFormElement | null): HTMLInputElement[] {
  return form ? [...form.querySelectorAll<HTMLInputElement>(".cell-check input[name]")] : [];
}

function tell(form: HTMLFormElement): void {
  const number = boxes(form).filter((box) => box.checked).length;
  for (const place of form.querySelectorAll("[data-chosen-number]")) place.textContent = String(number);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function current(): HTMLElement | null {
  return document.querySelector<HTMLElement>("tr.is-current");
}

function move(step: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("table[data-rows] tbody tr")];
  const before = rows.findIndex((row) => row.matches(".is-current"));
  const after = rows[Math.max(0, Math.min(rows.length - 1, before + step))];
  if (!after) return;
  rows[before]?.classList.remove("is-current");
  after.classList.add("is-current");
  after.scrollIntoView({ block: "nearest" });
}
