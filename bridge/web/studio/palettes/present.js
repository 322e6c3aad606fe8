/**
 * The colours of the next drawing, and what may be done with them. Own ones are `settings.colors`; a named palette's turn
 * into own ones as soon as somebody changes them. Locked colours stay when others come, keep their place when the rest
 * is ordered, and can't be changed or removed.
 */
import { paletteColors } from '../palette.js'
import { keep, kept, state } from '../state.js'

const LOCKS = 'pixart.locks'
const MOST_PAST = 50 // changes that can be taken back
const past = []

/** The colours that the next drawing is made of; none where they are the picture's own. */
export const current = () => paletteColors(state.get('settings'), state.get('options'))

/** The name of the palette that draws where there are no own colours: the chosen one, else the style's. */
export function paletteName() {
  const { palette, style } = state.get('settings')
  return palette || state.get('options')?.styles[style]?.palette || ''
}

/** A built-in palette. */
export const named = (name) => state.get('options')?.palettes.find((palette) => palette.name === name)

/** The locked ones. */
export function locks() {
  return new Set(kept('local', LOCKS) ?? [])
}

/** Lock a colour, or let it go. */
export function turnLock(color) {
  const locked = locks()
  if (!locked.delete(color)) locked.add(color)
  keep('local', LOCKS, [...locked].filter((each) => current().includes(each)))
}

/** Draw with these colours, each once; what was before can be had back. */
export function use(colors) {
  const { settings, options } = { settings: state.get('settings'), options: state.get('options') }
  past.push(settings)
  past.splice(0, past.length - MOST_PAST)
  const unique = [...new Set(colors)].slice(0, options?.most_colors ?? 256)
  state.tune({ colors: Object.freeze(unique), palette: '', ownColors: 0 })
}

/** Draw with other colours: those that are locked stay, before the new ones. */
export function replace(colors) {
  const locked = locks()
  use([...current().filter((color) => locked.has(color)), ...colors])
}

/** Draw with a built-in palette; with locked colours they come before its own. */
export function choose(name) {
  const locked = locks()
  if (current().some((color) => locked.has(color))) return replace(named(name)?.colors ?? [])
  past.push(state.get('settings'))
  state.tune({ palette: name, colors: Object.freeze([]), ownColors: 0 })
}

/** Draw with the style's own colours again. */
export function forget() {
  past.push(state.get('settings'))
  state.tune({ palette: '', colors: Object.freeze([]), ownColors: 0 })
}

/** Order all but the locked ones, which keep their places. */
export function order(compare) {
  const locked = locks()
  const colors = [...current()]
  const free = colors.filter((color) => !locked.has(color)).sort(compare)
  use(colors.map((color) => (locked.has(color) ? color : free.shift())))
}

/** Put the colour at one place to another. */
export function move(from, to) {
  const colors = [...current()]
  if (to < 0 || to >= colors.length || from === to) return
  colors.splice(to, 0, ...colors.splice(from, 1))
  use(colors)
}

/** Whether something can be taken back. */
export const hasPast = () => past.length > 0

/** Take the last change of colours back. */
export function undo() {
  const { palette, colors, ownColors } = past.pop()
  state.tune({ palette, colors, ownColors })
}
