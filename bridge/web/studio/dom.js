/** Building elements; nothing is ever made of text that holds tags, and no style is written into attributes (the CSP). */

/**
 * An element: `h('button', {class: 'main', onclick: draw, disabled: true}, 'Draw')`. Properties are set as attributes,
 * but functions as listeners, true as an empty attribute, and false, null and undefined not at all.
 */
export function h(tag, properties = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value)
    else if (name === 'value') made.value = value
    else if (value === true || value === false) made.toggleAttribute(name, value)
    else if (value !== null && value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}

/** A menu with a label: `choices` are [value, text], `pick(value)` is called with what is taken; the label's `control` is the select. */
export function menu(label, choices, pick) {
  const select = h('select', { onchange: () => pick(select.value) })
  select.append(...choices.map(([value, text]) => h('option', { value }, text)))
  return h('label', {}, h('span', {}, label), select)
}

/** A button with this text that opens a list of others; Escape, and whatever gets the focus elsewhere, close it. */
export function dropdown(text, buttons) {
  const menu = h('details', { class: 'dropdown' }, h('summary', { class: 'button' }, text), h('div', {}, ...buttons))
  menu.addEventListener('focusout', ({ relatedTarget }) => menu.contains(relatedTarget) || (menu.open = false))
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return
    menu.open = false
    menu.firstChild.focus()
  })
  return menu
}

/** Copy a text. Throws where the browser lets no page do so; pages that come without https copy in the way of old. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text)
  const focus = document.activeElement
  const area = h('textarea', { class: 'unseen', value: text, 'aria-hidden': 'true' })
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  focus?.focus()
  if (!done) throw new Error('no clipboard')
}

/** Give the file in a blob to the reader under a name. */
export function download(blob, name) {
  const link = h('a', { href: URL.createObjectURL(blob), download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
