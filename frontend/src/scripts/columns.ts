// The sheet of columns: the arrows move a line at once; without a script each is a button that sends the form.

export function startColumns(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("form[data-columns] button[name=move]");
    const line = button?.closest("li");
    if (!button || !line) return;
    event.preventDefault();
    const other = button.value.endsWith(":up") ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    if (button.value.endsWith(":up")) other.before(line);
    else other.after(line);
    button.focus();
  });
}
