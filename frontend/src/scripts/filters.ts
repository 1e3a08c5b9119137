// Filter forms: a choice applies itself, and fields left empty stay out of the address.

export function startFilters(): void {
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement | HTMLSelectElement;
    const form = field.form;
    if (!form?.matches("form[data-filters]") || field.closest(".choice-list") || field.matches("[type=search], [name=q]")) return;
    form.requestSubmit();
  });
  document.addEventListener("formdata", (event) => {
    if (!(event.target as Element).matches("form[data-filters]")) return;
    for (const [name, value] of [...event.formData.entries()]) {
      if (value === "") event.formData.delete(name);
    }
    // Boxes that are ticked together are one filter, and one word in the address.
    for (const name of new Set([...(event.target as Element).querySelectorAll<HTMLInputElement>(".choice-list input")].map((box) => box.name))) {
      const values = event.formData.getAll(name);
      if (values.length > 1) event.formData.set(name, values.join(","));
    }
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const opened = event.target as HTMLDetailsElement;
      if (!(opened instanceof HTMLDetailsElement) || !opened.matches(".choice")) return;
      if (opened.open) opened.dataset.before = chosen(opened);
      else if (opened.dataset.before !== chosen(opened)) opened.closest("form")?.requestSubmit();
    },
    true,
  );
  document.addEventListener("click", (event) => {
    for (const opened of document.querySelectorAll<HTMLDetailsElement>("details.choice[open]")) {
      if (!opened.contains(event.target as Node)) opened.open = false;
    }
  });
}

function chosen(details: HTMLDetailsElement): string {
  return [...details.querySelectorAll<HTMLInputElement>("input:checked")].map((input) => input.value).join();
}
