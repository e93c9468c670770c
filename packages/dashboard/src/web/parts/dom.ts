/** Child of an element: text is never read as HTML. */
export type Child = Node | string | number | undefined | false | readonly Child[]

type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>

/**
 * Makes an element.
 *
 * @param name with classes: `div.card`
 * @param attributes functions are listeners: `{ click: () => … }`; `true` sets an empty attribute
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K | `${K}.${string}`,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [tag = 'div', ...classes] = name.split('.')
  const element = document.createElement(tag) as HTMLElementTagNameMap[K]
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value)
    else if (value === true) element.setAttribute(key, '')
    else if (value !== undefined && value !== false) element.setAttribute(key, String(value))
  }
  append(element, children)
  return element
}

/** Replaces the children of an element. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren()
  append(element, children)
}

/** Sets the text of an element where it is another: what is read aloud or selected stays. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

function append(element: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue
    if (Array.isArray(child)) append(element, child)
    else element.append(child instanceof Node ? child : String(child))
  }
}

let ids = 0

/** Returns an id that no other element has. */
export function newId(): string {
  ids += 1
  return `id-${ids}`
}
