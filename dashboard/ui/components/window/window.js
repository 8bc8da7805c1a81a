// What the app keeps in a window, and what it must hear from it without an action of the user.

const PLACE = "rd-pins";
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Keep the pins, so that a reload or a link opened in the window does not lose them. */
function keep(pins, setTriggerValue) {
  try {
    if (pins !== null) {
      sessionStorage.setItem(PLACE, pins);
      return;
    }
    const kept = sessionStorage.getItem(PLACE);
    if (kept && kept !== "[]") setTriggerValue("kept", kept);
  } catch {
    // Without storage the pins stay until the page is loaded again.
  }
}

export default function ({ data, setTriggerValue }) {
  keep(data.pins, setTriggerValue);
  // The colours of charts are the server's. It is asked again once the page has changed its own.
  const changed = () => setTimeout(() => setTriggerValue("theme", DARK.matches ? "dark" : "light"), 200);
  DARK.addEventListener("change", changed);
  return () => DARK.removeEventListener("change", changed);
}
