// Keeps the pins of this window, so that a reload or a link opened in it does not lose them.

const PLACE = "rd-pins";

export default function ({ data, setTriggerValue }) {
  try {
    if (data.pins !== null) {
      sessionStorage.setItem(PLACE, data.pins);
      return;
    }
    const kept = sessionStorage.getItem(PLACE);
    if (kept && kept !== "[]") setTriggerValue("kept", kept);
  } catch {
    // Without storage the pins stay until the page is loaded again.
  }
}
