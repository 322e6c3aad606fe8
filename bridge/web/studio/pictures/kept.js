/**
 * Keeps what was tuned live: a job of the Image Generation API with the same look, sketch and pixels, which stands in the
 * gallery until somebody deletes it. Live drawings themselves would fill that with every move of a slider.
 *
 * - `canKeep(result)` tells whether a result was drawn live and of no machine, which that API knows none of.
 * - `keep(result)` has it drawn again, waits, and gives the job's id. Throws Refusal.
 * - `titleOf(job)` is by what a person knows a job of the gallery, without the words that a look adds for models.
 * - `settingsOf(request)` are the studio's settings of a request with a look, null for one without.
 */
import { Refusal } from '../api.js'
import { dataUrl } from '../request.js'
import { state, USUAL } from '../state.js'
import { words } from '../words/en.js'
import { begin, follow } from './jobs.js'

const UNSAID = 'pixel art' // the prompt where nobody wrote one: that API wants some, and this names no colour
const LOOK = ['style', 'palette', 'ownColors', 'dither', 'method', 'metric', 'strength', 'contrast', 'fit', 'outline']

export const canKeep = (result) => result?.body?.redraw === false && Boolean(result.source)

export async function keep({ body, source }) {
  const { prompt, width, height, ...pixart } = body
  const size = width ? { width, height } : {}
  const request = { prompt: prompt || UNSAID, ...size, pixart, initImage: await dataUrl(source.blob) }
  const id = await begin({ path: 'generate/img2img', body: request })
  for await (const job of follow(id)) if (job.status === 'failed') throw new Refusal(job.error, { status: 422 })
  state.set({ kept: id })
  return id
}

export function titleOf({ prompt = '' }) {
  const styles = Object.values(state.get('options')?.styles ?? {})
  const wording = styles.map((style) => `, ${style.wording}`).find((text) => text.length > 2 && prompt.endsWith(text)) ?? ''
  const own = prompt.slice(0, prompt.length - wording.length).replace(/^pixel art, /, '')
  return own === UNSAID ? words.gallery.sketch : own || words.gallery.untitled
}

export function settingsOf({ pixart, prompt, width, height }) {
  if (!pixart) return null
  const look = Object.fromEntries(LOOK.map((name) => [name, pixart[name] ?? USUAL[name]]))
  const { colorPalette = [], snap, clean, paper } = pixart
  const switches = { snap: Boolean(snap), clean: Boolean(clean), paper: Boolean(paper) }
  const size = width ? { width, height } : {}
  const rest = { machine: '', colors: Object.freeze(colorPalette), prompt: prompt === UNSAID ? '' : prompt }
  return { ...look, ...switches, ...size, ...rest }
}
