// Naming people in a comment: after an @, those who can be named are offered below the text; arrows choose, Enter or Tab takes.
// The text stays a plain field: the list is its listbox, and says by aria-activedescendant where one is.

interface Named {
  handle: string;
  name: string;
  kind: string;
}

const WAIT_MS = 90;
const NAMING = /(?:^|[^\w@/.])@([\w-]*)$/u;
let asking: AbortController | undefined;
let waiting: number | undefined;

export function startMentions(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-mentions]")) {
    const field = form.querySelector("textarea");
    if (field && form.dataset.mentions) attend(field, form.dataset.mentions);
  }
}

function attend(field: HTMLTextAreaElement, address: string): void {
  const list = document.createElement("ul");
  list.id = `${field.id}-people`;
  list.className = "choice-list mention-list";
  list.setAttribute("role", "listbox");
  list.hidden = true;
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.autocomplete = "off";
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void offer(field, list, address), WAIT_MS);
  });
  field.addEventListener("keydown", (event) => steer(event, field, list));
  field.addEventListener("blur", () => window.setTimeout(() => hide(field, list), 150));
  list.addEventListener("mousedown", (event) => {
    const option = (event.target as Element).closest<HTMLElement>("[role=option]");
    event.preventDefault();
    if (option) take(field, list, option);
  });
}

async function offer(field: HTMLTextAreaElement, list: HTMLElement, address: string): Promise<void> {
  const naming = NAMING.exec(field.value.slice(0, field.selectionStart));
  asking?.abort();
  if (!naming) {
    hide(field, list);
    return;
  }
  asking = new AbortController();
  try {
    const answer = await fetch(`${address}?${new URLSearchParams({ text: naming[1] ?? "" }).toString()}`, {
      signal: asking.signal,
    });
    show(field, list, answer.ok ? ((await answer.json()) as Named[]) : []);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

function show(field: HTMLTextAreaElement, list: HTMLElement, people: Named[]): void {
  list.replaceChildren(
    ...people.map((one, index) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${String(index)}`;
      option.setAttribute("role", "option");
      option.dataset.handle = one.handle;
      const handle = document.createElement("strong");
      handle.textContent = `@${one.handle}`;
      option.append(handle, ` ${one.name}`);
      return option;
    }),
  );
  list.hidden = people.length === 0;
  field.removeAttribute("aria-activedescendant");
  if (people.length > 0) choose(field, list, 0);
}

function hide(field: HTMLTextAreaElement, list: HTMLElement): void {
  list.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

function options(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[role=option]")];
}

function choose(field: HTMLTextAreaElement, list: HTMLElement, index: number): void {
  const all = options(list);
  const chosen = all[(index + all.length) % all.length];
  for (const option of all) option.setAttribute("aria-selected", String(option === chosen));
  if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
}

function steer(event: KeyboardEvent, field: HTMLTextAreaElement, list: HTMLElement): void {
  if (list.hidden) return;
  const all = options(list);
  const now = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const chosen = all[now];
  if (event.key === "ArrowDown") choose(field, list, now + 1);
  else if (event.key === "ArrowUp") choose(field, list, now - 1);
  else if ((event.key === "Enter" || event.key === "Tab") && chosen) take(field, list, chosen);
  else if (event.key === "Escape") hide(field, list);
  else return;
  event.preventDefault();
}

function take(field: HTMLTextAreaElement, list: HTMLElement, option: HTMLElement): void {
  const caret = field.selectionStart;
  const begin = field.value.lastIndexOf("@", caret - 1);
  field.setRangeText(`@${option.dataset.handle ?? ""} `, begin, caret, "end");
  hide(field, list);
  field.focus();
}
