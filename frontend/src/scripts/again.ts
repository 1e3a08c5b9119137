// A form that came too late is sent again after signing in in another tab, which changed the token that forms carry: when
// somebody comes back to this tab, the form gets the new one from a page that only who is signed in is shown.

export function startAgain(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-again]");
  if (!form) return;
  window.addEventListener("focus", () => void renew(form));
}

async function renew(form: HTMLFormElement): Promise<void> {
  const answer = await fetch(form.dataset.again ?? "", { redirect: "manual" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  const own = form.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  if (!token || !own) return;
  own.value = token.value;
  const told = form.querySelector<HTMLElement>("[data-again-told]");
  if (told) told.textContent = told.dataset.againTold ?? "";
}
