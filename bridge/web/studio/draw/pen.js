/** What somebody draws with: tool, colour, width of the brush and mirror, kept in the browser for this tab and the next one. */
import { keep, kept } from '../state.js'
import { TOOLS } from './tools.js'

const PEN = 'pixart.pen'
/** Widths of brushes, in pixels of a crisp sheet; of a smooth one, twice as wide. */
export const SIZES = [1, 2, 3, 5, 8, 12, 20]
const USUAL = { tool: 'pencil', color: '', brush: 1, mirror: false } // no colour where nobody chose one
const FITS = {
  tool: (name) => Object.hasOwn(TOOLS, name),
  color: (color) => /^#[0-9a-f]{6}$/.test(color),
  brush: (size) => SIZES.includes(size),
  mirror: (on) => typeof on === 'boolean',
}

/** The pen that was kept, {tool, color, brush, mirror}. */
export function recalledPen() {
  const known = kept('session', PEN) ?? kept('local', PEN) ?? {}
  return Object.fromEntries(Object.keys(USUAL).map((name) => [name, FITS[name](known[name]) ? known[name] : USUAL[name]]))
}

/** Keep a pen. */
export function keepPen(pen) {
  for (const place of ['session', 'local']) keep(place, PEN, pen)
}
