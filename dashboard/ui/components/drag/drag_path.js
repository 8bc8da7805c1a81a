// Keeps the solved levels that the server sent, by name, for as long as their element is on the page.

export default function ({ data }) {
  const { name, path } = JSON.parse(new TextDecoder().decode(data));
  const kept = (window.rdPaths ??= new Map());
  kept.set(name, path);
  window.dispatchEvent(new Event("rd-path"));
  return () => {
    if (kept.get(name) === path) kept.delete(name);
  };
}
