// The filter bar: tokens are typed into one field, the server says how the word at the caret may go on. A combobox with a list.
// Chips before the field are links; without a script the form and the links do all of this, only without completion.

import { Pace } from "./pacing";

const pace = new Pace(90);
const WORD = /-?(?:[^\s"]|"(?:\\.|[^"\\])*(?:"|$))*$/;
const BACK = "prodsec-filtering";
let asking: AbortController | undefined;

interface Bar {
  frame: HTMLElement;
  input: HTMLInputElement;
  list: HTMLElement;
}

export function startTokens(): void {
  const bar = found();
  if (!bar) return;
  const { frame, input, list } = bar;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id })) {
    input.setAttribute(name, value);
  }
  close(bar);
  input.addEventListener("input", () => pace.run(() => void ask(bar)));
  input.addEventListener("keydown", (event) => steer(event, bar));
  input.addEventListener("blur", () => close(bar));
  // A press on an option must not take the focus out of the field.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[role=option]");
    if (option) take(bar, option);
  });
  frame.addEventListener("click", (event) => {
    if (event.target === frame) input.focus();
  });
  frame.addEventListener("keydown", (event) => alongChips(event, bar));
  input.form?.addEventListener("submit", () => {
    if (document.activeElement === input) sessionStorage.setItem(BACK, "yes");
  });
  if (sessionStorage.getItem(BACK)) {
    sessionStorage.removeItem(BACK);
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  }
}

function found(): Bar | undefined {
  const frame = document.querySelector<HTMLElement>("[data-tokens]");
  const input = frame?.querySelector<HTMLInputElement>("input[name=q]");
  const list = frame?.querySelector<HTMLElement>("[role=listbox]");
  return frame && input && list ? { frame, input, list } : undefined;
}

function word(input: HTMLInputElement): string {
  return WORD.exec(input.value.slice(0, input.selectionStart ?? input.value.length))?.[0] ?? "";
}

async function ask(bar: Bar): Promise<void> {
  asking?.abort();
  asking = new AbortController();
  const asked = word(bar.input);
  const address = `${bar.frame.dataset.tokens}?${new URLSearchParams({ text: asked }).toString()}`;
  try {
    const answer = await fetch(address, { signal: asking.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) {
      close(bar);
      return;
    }
    const html = await answer.text();
    if (asked !== word(bar.input)) return;
    bar.list.innerHTML = html; // escaped by the server's template
    bar.list.dataset.word = asked;
    show(bar);
  } catch (error) {
    // Without completion one can still type; that the connection is away shows at the next page.
    if (!(error instanceof DOMException && error.name === "AbortError")) close(bar);
  }
}

function show(bar: Bar): void {
  const number = options(bar).length;
  const isHere = document.activeElement === bar.input;
  bar.list.hidden = !number || !isHere;
  bar.input.setAttribute("aria-expanded", String(!bar.list.hidden));
  choose(bar, -1);
  const status = document.querySelector<HTMLElement>("[data-token-status]");
  if (status && isHere) status.textContent = (number ? `${number}. ${status.dataset.some}` : status.dataset.none) ?? "";
}

function close(bar: Bar): void {
  pace.cancel();
  asking?.abort();
  bar.list.hidden = true;
  bar.list.replaceChildren();
  bar.input.setAttribute("aria-expanded", "false");
  bar.input.removeAttribute("aria-activedescendant");
}

function options(bar: Bar): HTMLElement[] {
  return [...bar.list.querySelectorAll<HTMLElement>("[role=option]")];
}

function choose(bar: Bar, number: number): void {
  options(bar).forEach((option, place) => option.setAttribute("aria-selected", String(place === number)));
  const one = options(bar)[number];
  if (one) {
    bar.input.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  } else {
    bar.input.removeAttribute("aria-activedescendant");
  }
}

function take(bar: Bar, option: HTMLElement): void {
  const { input } = bar;
  const caret = input.selectionStart ?? input.value.length;
  const before = input.value.slice(0, caret - word(input).length);
  const token = option.dataset.token ?? "";
  const isBegun = token.endsWith(":");
  const rest = input.value.slice(caret);
  input.value = `${before}${token}${isBegun || rest.startsWith(" ") ? "" : " "}${rest}`;
  const after = before.length + token.length + (isBegun ? 0 : 1);
  input.focus();
  input.setSelectionRange(after, after);
  if (isBegun) void ask(bar);
  else close(bar);
}

function steer(event: KeyboardEvent, bar: Bar): void {
  // What is shown may still be about the word as it was a moment ago.
  const all = bar.list.dataset.word === word(bar.input) ? options(bar) : [];
  const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" && !all.length) void ask(bar);
  else if (event.key === "ArrowDown") choose(bar, here + 1 < all.length ? here + 1 : 0);
  else if (event.key === "ArrowUp" && all.length) choose(bar, here > 0 ? here - 1 : all.length - 1);
  else if (event.key === "Enter" && all[here]) take(bar, all[here]);
  else if (event.key === "Escape" && !bar.list.hidden) close(bar);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function alongChips(event: KeyboardEvent, bar: Bar): void {
  const chips = [...bar.frame.querySelectorAll<HTMLAnchorElement>(".chip a")];
  const here = chips.indexOf(event.target as HTMLAnchorElement);
  const isAtStart = event.target === bar.input && bar.input.selectionStart === 0 && bar.input.selectionEnd === 0;
  if (here < 0 && !isAtStart) return;
  if (event.key === "Backspace" || (event.key === "Delete" && here >= 0)) {
    const chip = here >= 0 ? chips[here] : chips.at(-1);
    if (!chip || (here < 0 && event.repeat)) return;
    sessionStorage.setItem(BACK, "yes");
    chip.click();
  } else if (event.key === "ArrowLeft") {
    (here < 0 ? chips.at(-1) : chips[here - 1])?.focus();
  } else if (event.key === "ArrowRight" && here >= 0) {
    (chips[here + 1] ?? bar.input).focus();
  } else {
    return;
  }
  event.preventDefault();
}
