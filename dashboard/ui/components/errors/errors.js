// Brings a message beside a field of the sidebar into view while the focus is there.

const SIDEBAR = '[data-testid="stSidebar"]';
const MESSAGE = '[data-testid="stAlert"]';

export default function () {
  window.rdErrors ??= listen();
}

function listen() {
  let seen = null;
  const watch = new MutationObserver((changes) => {
    if (!seen.contains(document.activeElement)) return;
    const added = changes.flatMap((one) => [...one.addedNodes]).filter((one) => one.nodeType === Node.ELEMENT_NODE);
    const message = added.map((one) => (one.matches(MESSAGE) ? one : one.querySelector(MESSAGE))).find(Boolean);
    message?.scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("focusin", ({ target }) => {
    const sidebar = target.closest?.(SIDEBAR);
    if (!sidebar || sidebar === seen) return;
    watch.disconnect();
    watch.observe(sidebar, { childList: true, subtree: true });
    seen = sidebar;
  });
  return watch;
}
