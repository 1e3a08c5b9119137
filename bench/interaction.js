// Runs in the page that is measured: from when a key went down until what it asks for is painted.
const current = () => document.querySelector("tr.is-current");

window.probe = {
  // What can be seen of the list and what lies above it.
  state() {
    const row = current();
    const panel = document.getElementById("panel");
    return {
      row: row?.dataset.finding,
      isChosen: row?.querySelector("input")?.checked,
      state: row?.querySelector(".state")?.textContent,
      isBusy: row?.ariaBusy === "true",
      panel: panel?.hidden ? undefined : panel?.querySelector(".panel-body a.button")?.pathname.split("/").at(-2),
      told: document.getElementById("told")?.textContent,
      sheet: document.querySelector(".sheet:popover-open")?.id,
      isPaletteOpen: document.getElementById("palette").open,
      found: document.querySelectorAll("#palette [role=option]").length,
      completions: document.querySelectorAll("#token-options [role=option]").length,
    };
  },
  // Call before the key; `shows` says whether what it asks for is there now, given what was there before.
  arm(shows) {
    const was = this.state();
    let pressed;
    this.took = new Promise((resolve, reject) => {
      const began = (event) => (pressed ??= event.timeStamp);
      const look = () => pressed !== undefined && shows(this.state(), was) && paint();
      const watcher = new MutationObserver(look);
      const timer = setInterval(look, 1);
      const late = setTimeout(() => reject(new Error(`not shown after 10 s: ${shows}`)), 10_000);
      const paint = () => {
        watcher.disconnect();
        clearInterval(timer);
        clearTimeout(late);
        document.removeEventListener("keydown", began, true);
        // What comes right after a frame's callbacks and its layout runs when the frame is painted.
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve(performance.now() - pressed);
          port2.postMessage(undefined);
        });
      };
      document.addEventListener("keydown", began, true);
      watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    });
  },
};
