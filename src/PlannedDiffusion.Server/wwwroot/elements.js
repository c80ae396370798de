// Elements of the page. What comes from outside is text everywhere: nothing is ever parsed as markup.

const Svg = "http://www.w3.org/2000/svg";

export const byId = id => document.getElementById(id);

/** Adds an element with attributes and a text. */
export function add(parent, name, attributes = {}, text = null) {
  const element = parent instanceof SVGElement || name === "svg"
    ? document.createElementNS(Svg, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  parent.append(element);
  return element;
}

/** Sets a text only if it is another one, so that selections and screen readers are left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes the list of elements as long as asked: the rest is removed, new ones are made. */
export function resize(list, count, make) {
  while (list.length > count) list.pop().root.remove();
  while (list.length < count) list.push(make(list.length));
  return list;
}

/** Milliseconds as people read them. */
export const duration = ms =>
  ms < 1 ? `${ms.toFixed(2)} ms` : ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms`
    : `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`;
