// The palette: Ctrl-K or Cmd-K opens it, typing asks the server, arrows choose, Enter goes there. A dialog with a combobox.

import { Pace } from "./pacing";

const pace = new Pace(90);
let asking: AbortController | undefined;

export function startPalette(): void {
  const dialog = document.getElementById("palette");
  if (!(dialog instanceof HTMLDialogElement)) return;
  const input = dialog.querySelector<HTMLInputElement>("input");
  if (!input) return;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else open(dialog, input);
    }
  });
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if ((event.target as Element).closest("a[data-opens-palette]")) {
      event.preventDefault();
      open(dialog, input);
    } else if (event.target === dialog) {
      dialog.close();
    }
  });
  input.addEventListener("input", () => pace.run(() => void ask(dialog, input)));
  input.addEventListener("keydown", (event) => steer(event, dialog, input));
}

function open(dialog: HTMLDialogElement, input: HTMLInputElement): void {
  dialog.showModal();
  input.select();
  void ask(dialog, input);
}

async function ask(dialog: HTMLDialogElement, input: HTMLInputElement): Promise<void> {
  asking?.abort();
  asking = new AbortController();
  const address = `${dialog.dataset.address}?${new URLSearchParams({ text: input.value }).toString()}`;
  try {
    const answer = await fetch(address, { signal: asking.signal, headers: { "HX-Request": "true" } });
    // Who is signed out meanwhile gets the form to sign in, which is no list of options.
    if (!answer.ok || answer.redirected) {
      location.reload();
      return;
    }
    show(dialog, input, await answer.text());
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

function show(dialog: HTMLDialogElement, input: HTMLInputElement, html: string): void {
  const list = dialog.querySelector<HTMLElement>("[role=listbox]");
  const status = dialog.querySelector<HTMLElement>("[role=status]");
  if (!list || !status) return;
  list.innerHTML = html; // escaped by the server's template
  const told = list.querySelector("[data-told]");
  status.textContent = told?.textContent ?? "";
  told?.remove();
  input.setAttribute("aria-expanded", String(options(dialog).length > 0));
  choose(dialog, input, 0);
}

function options(dialog: HTMLDialogElement): HTMLAnchorElement[] {
  return [...dialog.querySelectorAll<HTMLAnchorElement>("[role=option]")];
}

function chosen(dialog: HTMLDialogElement): number {
  return options(dialog).findIndex((option) => option.getAttribute("aria-selected") === "true");
}

function choose(dialog: HTMLDialogElement, input: HTMLInputElement, number: number): void {
  const all = options(dialog);
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === number)));
  const one = all[number];
  if (one) {
    input.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function steer(event: KeyboardEvent, dialog: HTMLDialogElement, input: HTMLInputElement): void {
  const number = options(dialog).length;
  const here = chosen(dialog);
  if (event.key === "ArrowDown" && number) choose(dialog, input, (here + 1) % number);
  else if (event.key === "ArrowUp" && number) choose(dialog, input, (here - 1 + number) % number);
  else if (event.key === "Enter") options(dialog)[here]?.click();
  else return;
  event.preventDefault();
}
