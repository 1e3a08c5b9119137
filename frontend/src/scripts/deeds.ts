// Deeds on findings without loading the list again: the form is sent, its rows change in place, a line says what happened.

import htmx from "htmx.org";
import { boxOf, chooseNone, current, focusRow, mark } from "./selection";
import { refreshPanel } from "./panel";

let isSending = false;

export function startDeeds(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("form[data-deeds]")) return;
    event.preventDefault();
    if (!isSending) void send(form, event.submitter);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const sheet = (event.target as Element).closest(".form");
    if (sheet && (event.target as Element).matches("textarea, select")) {
      sheet.querySelector<HTMLButtonElement>("button.button-main")?.click();
    }
  });
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null): Promise<void> {
  const data = new FormData(form, submitter);
  const box = boxOf(current());
  if (!form.querySelector("[name=bulk]") && !data.has("finding") && box) data.set("finding", box.value);
  isSending = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } });
    if (answer.redirected || answer.status === 403) refuse(told()?.dataset.signedOut ?? "");
    else show(await answer.text(), answer.ok);
  } catch {
    refuse(told()?.dataset.lost ?? "");
  } finally {
    isSending = false;
  }
}

function show(html: string, isDone: boolean): void {
  const answer = document.createElement("template");
  answer.innerHTML = html; // escaped by the server's template
  if (!isDone) {
    refuse(answer.content.querySelector("[data-refused]")?.textContent ?? "");
    return;
  }
  closeSheet();
  for (const row of answer.content.querySelectorAll<HTMLElement>("tr[data-finding]")) replace(row);
  chooseNone();
  const line = answer.content.querySelector("[data-told]");
  const place = told();
  if (line && place) place.replaceChildren(...line.childNodes);
  const row = current();
  if (row) focusRow(row);
  refreshPanel();
}

function replace(row: HTMLElement): void {
  const before = document.querySelector<HTMLElement>(`table[data-rows] tr[data-finding="${row.dataset.finding}"]:not(.member)`);
  if (!before) return;
  const wasCurrent = before.matches(".is-current");
  before.replaceWith(row);
  htmx.process(row);
  if (wasCurrent) mark(row);
}

// What was typed stays; the sentence stands beside it.
function refuse(sentence: string): void {
  const sheet = document.querySelector<HTMLElement>(".sheet:popover-open .form");
  if (!sheet) {
    const place = told();
    if (place) place.textContent = sentence;
    return;
  }
  sheet.querySelector("[data-error]")?.remove();
  const line = document.createElement("p");
  line.className = "field-error";
  line.dataset.error = "";
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  sheet.append(line);
}

function closeSheet(): void {
  const sheet = document.querySelector<HTMLElement>(".sheet:popover-open");
  if (!sheet) return;
  sheet.querySelector("[data-error]")?.remove();
  for (const text of sheet.querySelectorAll("textarea")) text.value = "";
  sheet.hidePopover();
}

function told(): HTMLElement | null {
  return document.getElementById("told");
}
