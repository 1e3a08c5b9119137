// A notice that is followed is read: said to the server while the page it leads to is on its way.

export function startNotices(): void {
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[data-notice]");
    const form = link?.closest<HTMLFormElement>("form[data-notices]");
    if (!link?.dataset.notice || !form) return;
    const data = new FormData(form);
    data.set("notice", link.dataset.notice);
    void fetch(form.action, { method: "POST", body: data, keepalive: true, redirect: "manual" });
  });
}
