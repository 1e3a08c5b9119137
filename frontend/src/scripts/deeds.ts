// Deeds on findings without loading the list again: the form is sent, its rows change in place, a line says what happened.

import htmx from "htmx.org";
import { boxOf, chooseNoMore, current, focusRow, mark } from "./selection";
import { refreshPanel } from "./panel";

// Deeds are done one after another, in the order of their keys; nobody has to wait with the next key for an answer.
let last: Promise<void> = Promise.resolve();
let underWay = 0;
let sent: Element | undefined;

export function startDeeds(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("form[data-deeds]")) return;
    event.preventDefault();
    take(form, event.submitter);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const sheet = (event.target as Element).closest(".form");
    if (sheet && (event.target as Element).matches("textarea, select")) {
      sheet.querySelector<HTMLButtonElement>("button.button-main")?.click();
    }
  });
}

// What is meant are the rows of this moment, wherever the keys go on to.
function take(form: HTMLFormElement, submitter: HTMLElement | null): void {
  // What is to be taken back is the last deed, and that one may still be on its way.
  if (form.querySelector("[name=bulk]") && underWay) {
    void last.then(() => told()?.querySelector<HTMLElement>("[data-hotkey=u]")?.click());
    return;
  }
  const sheet = submitter?.closest(".sheet") ?? undefined;
  // A sheet is sent once, however often its button is pressed.
  if (sheet && sheet === sent) return;
  const data = new FormData(form, submitter);
  const box = boxOf(current());
  if (!form.querySelector("[name=bulk]") && !data.has("finding") && box) data.set("finding", box.value);
  const rows = data.getAll("finding").map((value) => rowOf(numberOf(value)));
  for (const row of rows) row?.setAttribute("aria-busy", "true");
  sent = sheet ?? sent;
  underWay += 1;
  last = last.then(() => send(form, data, sheet)).finally(() => {
    underWay -= 1;
    if (sheet === sent) sent = undefined;
    for (const row of rows) row?.removeAttribute("aria-busy");
  });
}

async function send(form: HTMLFormElement, data: FormData, sheet: Element | undefined): Promise<void> {
  const given = data.getAll("finding");
  data.delete("finding");
  // A deed before this one may have renewed a row, and with it what has been seen of it.
  for (const value of given) data.append("finding", boxOf(rowOf(numberOf(value)))?.value ?? value);
  try {
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "HX-Request": "true" } });
    if (answer.redirected || answer.status === 403) refuse(told()?.dataset.signedOut ?? "", sheet);
    else show(await answer.text(), answer.ok, given.map(numberOf), sheet);
  } catch {
    refuse(told()?.dataset.lost ?? "", sheet);
  }
}

// A box says the finding, and the last that has been seen of it.
function numberOf(value: FormDataEntryValue): string {
  return String(value).split(".")[0] ?? "";
}

function rowOf(finding: string | undefined): HTMLElement | null {
  return document.querySelector<HTMLElement>(`table[data-rows] tr[data-finding="${finding}"]:not(.member)`);
}

function show(html: string, isDone: boolean, findings: string[], sheet: Element | undefined): void {
  const answer = document.createElement("template");
  answer.innerHTML = html; // escaped by the server's template
  if (!isDone) {
    refuse(answer.content.querySelector("[data-refused]")?.textContent ?? "", sheet);
    return;
  }
  if (sheet) closeSheet(sheet);
  for (const row of answer.content.querySelectorAll<HTMLElement>("tr[data-finding]")) replace(row);
  chooseNoMore(findings.map(rowOf));
  const line = answer.content.querySelector("[data-told]");
  const place = told();
  if (line && place) place.replaceChildren(...line.childNodes);
  const row = current();
  // Whoever has begun something else by now is not called back.
  if (row && !document.querySelector(":popover-open, dialog[open]")) focusRow(row);
  refreshPanel();
}

function replace(row: HTMLElement): void {
  const before = rowOf(row.dataset.finding);
  if (!before) return;
  const wasCurrent = before.matches(".is-current");
  before.replaceWith(row);
  htmx.process(row);
  if (wasCurrent) mark(row);
}

// What was typed stays; the sentence stands beside it.
function refuse(sentence: string, sheet: Element | undefined): void {
  const form = sheet?.matches(":popover-open") ? sheet.querySelector<HTMLElement>(".form") : null;
  if (!form) {
    const place = told();
    if (place) place.textContent = sentence;
    return;
  }
  form.querySelector("[data-error]")?.remove();
  const line = document.createElement("p");
  line.className = "field-error";
  line.dataset.error = "";
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  form.append(line);
}

function closeSheet(sheet: Element): void {
  sheet.querySelector("[data-error]")?.remove();
  for (const text of sheet.querySelectorAll("textarea")) text.value = "";
  if (sheet instanceof HTMLElement && sheet.matches(":popover-open")) sheet.hidePopover();
}

function told(): HTMLElement | null {
  return document.getElementById("told");
}
