// What is mounted on the page: it hands on to main.js, which comes once and perhaps later.

export default function (component) {
  const code = (window.rdDrag ??= {});
  let remove = null;
  let gone = false;
  const start = () => {
    if (!gone) remove = code.mount(component);
  };
  if (code.mount) start();
  else (code.waiting ??= []).push(start);
  return () => {
    gone = true;
    remove?.();
  };
}
