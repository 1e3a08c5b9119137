// Theme and density: kept in a cookie by the server's form, so that the page comes in the right colours at once.
// With a script the choice shows without loading the page again.

export function startChoices(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter as HTMLButtonElement | null;
    const choice = form.dataset.choice;
    if (!choice || !button) return;
    event.preventDefault();
    const data = new FormData(form, button);
    document.documentElement.dataset[choice] = button.value;
    for (const other of form.querySelectorAll("button")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    void fetch(form.action, { method: "POST", body: data, redirect: "manual" });
  });
}
