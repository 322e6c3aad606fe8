/**
 * From a request back to the settings that it was made of; the way there is in request.js.
 *
 * - `lookOf(pixart)` are the settings of a look, those that it leaves to its style as somebody has them who chose none.
 * - `onMachine(machine)` are those of a machine, by its name alone or with more.
 */
import { USUAL } from './state.js'

const NAMED = ['style', 'palette', 'ownColors', 'dither', 'method', 'metric', 'strength', 'contrast', 'fit', 'outline']

export function lookOf(pixart) {
  const named = Object.fromEntries(NAMED.map((name) => [name, pixart[name] ?? USUAL[name]]))
  const { colorPalette = [], snap, clean } = pixart
  return { ...named, colors: Object.freeze(colorPalette), snap: Boolean(snap), clean: Boolean(clean) }
}

export function onMachine(machine) {
  const { name = machine, fit = 'crop', method = '', dither = 'diffusion', strength = null, quality = '' } = machine
  return { machine: name, fit, method, pattern: dither === 'auto' ? '' : dither, strength, quality }
}
