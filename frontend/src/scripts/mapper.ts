// Describing a format: a click on a value of the sample fills the field one was in last. Without a script the same buttons
// send the form, and the select above the sample says which field is meant.

export function startMapper(): void {
  const form = document.querySelector<HTMLFormElement>("[data-mapper]");
  const chosen = form?.querySelector<HTMLSelectElement>("[data-fact]");
  if (!form || !chosen) return;
  // Which field a click fills changes nothing of the preview.
  chosen.addEventListener("change", (event) => event.stopPropagation());
  form.addEventListener("focusin", (event) => {
    const fact = (event.target as HTMLElement).dataset.factField;
    if (fact) chosen.value = fact;
  });
  form.addEventListener("click", (event) => {
    const value = (event.target as Element).closest<HTMLElement>("[data-takes]");
    const field = form.querySelector<HTMLInputElement>(`[data-fact-field="${chosen.value}"]`);
    if (!value || !field) return;
    event.preventDefault();
    field.value = value.dataset.takes ?? "";
    field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
