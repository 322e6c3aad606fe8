/**
 * Takes a finished picture: it becomes the source, so that every change of the look draws it anew; until then it shows
 * as it was drawn, or in the present look, whichever the reader wants.
 */
import { resultOf } from './jobs.js'
import { remember, remembered } from '../memory.js'
import { settingsOf } from '../metadata.js'
import { fields } from '../request.js'
import { open } from '../source.js'
import { state } from '../state.js'
import { pixelsOf } from '../view/pixels.js'
import { colored } from '../view/png.js'

const KEPT = 'pixart.take'
/** How a picture that is taken shows: as it was drawn, or in the present look. */
export const WAYS = ['drawn', 'look']
const taken = new WeakSet() // sources that came from here: to replace one of them costs nobody a drawing
let before = null // the last source that somebody drew or opened
let held = null // {source, look, result}: this result shows while neither changes

state.on('result', () => {
  const changed = held?.source !== state.get('source') || held?.look !== present()
  if (held && !changed && state.get('result') !== held.result) state.set({ result: held.result })
})

/** The present look as text; other words alone change nothing that shows. */
function present() {
  return JSON.stringify({ ...fields(state.get('settings')), prompt: '' })
}

/** How a job's picture shows when it is taken: pixel art as it was drawn, where the reader chose nothing. */
export function way(job) {
  const kept = remembered('local', KEPT)
  return WAYS.includes(kept) ? kept : /pixel|sketch|sprite|machine/.test(job?.workflow ?? 'pixel') ? 'drawn' : 'look'
}

/** Choose how pictures show from now on. */
export const choose = (way) => remember('local', KEPT, way)

/** Take the picture of a job; `name` is what the source is called. */
export async function take(job, blob, name) {
  const result = await resultOf(job, blob)
  held = null
  if (!(await adopt(blob, name)) || way(job) !== 'drawn') return
  held = { source: state.get('source'), look: present(), result }
  state.set({ result })
}

/** Make a picture the source, so that the sketch that it replaces can be had back; false where it can't be one. */
export async function adopt(blob, name) {
  const replaced = state.get('source')
  if (!(await open(await bare(blob), { name }))) return false
  if (replaced && !taken.has(replaced)) before = replaced
  taken.add(state.get('source'))
  return true
}

/**
 * The picture without what its file says of how it was made: by that, opening it would change the settings. A file that
 * says nothing stays as it is, since drawing it on a canvas changes colours that are half transparent.
 */
async function bare(blob) {
  if (!(await settingsOf(blob))) return blob
  return colored(await pixelsOf(blob))
}

/** Whether nothing of the reader's own is lost when a picture becomes the source unasked. */
export const isFree = () => state.get('source')?.kind === 'sample' || taken.has(state.get('source') ?? {})

/** Whether there is a sketch to give back. */
export const hasBefore = () => before !== null && taken.has(state.get('source') ?? {})

/** Give the sketch back. */
export function giveBack() {
  state.set({ source: before })
  before = null
}
