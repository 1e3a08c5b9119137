// Buttons that copy the text of what they stand beside.

export function startCopying(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[data-copies]");
    const source = button && document.getElementById(button.dataset.copies ?? "");
    if (!button || !source) return;
    void navigator.clipboard.writeText(source.textContent?.trim() ?? "").then(() => {
      const before = button.textContent;
      button.textContent = button.dataset.copied ?? before;
      setTimeout(() => (button.textContent = before), 2000);
    });
  });
}
