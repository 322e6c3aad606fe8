/**
 * Takes a finished picture: it becomes the source, so that every change of the look draws it anew; until then it shows
 * as it was drawn, or in the present look, whichever the reader wants.
 */
import { keepTaken, takenOf } from '../keep.js'
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
// Beside a source that came from here, which costs nobody a drawing to replace, keep.js has {before, look, result}: the last
// source that somebody drew or opened, and the result that shows while the look is this one.
state.on('result', () => {
  const { look, result } = about() ?? {}
  if (result && look === present() && state.get('result') !== result) state.set({ result })
})

/** How the present source was taken, undefined where it wasn't. */
const about = () => takenOf(state.get('source') ?? {})

/** The present look as text. */
function present() {
  return JSON.stringify(fields(state.get('settings')))
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
  if (!(await adopt(blob, name)) || way(job) !== 'drawn') return
  keepTaken(state.get('source'), { ...about(), look: present(), result })
  state.set({ result })
}

/** Make a picture the source, so that the sketch that it replaces can be had back; false where it can't be one. */
export async function adopt(blob, name) {
  const replaced = state.get('source')
  if (!(await open(await bare(blob), { name }))) return false
  const earlier = replaced && takenOf(replaced)
  keepTaken(state.get('source'), { before: earlier ? earlier.before : replaced })
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
export const isFree = () => state.get('source')?.kind === 'sample' || Boolean(about())

/** Whether there is a sketch to give back. */
export const hasBefore = () => Boolean(about()?.before)

/** Give the sketch back. */
export function giveBack() {
  state.set({ source: about().before })
}
