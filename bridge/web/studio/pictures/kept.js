/**
 * Keeps what was tuned live: a job of the Image Generation API with the same look, sketch and pixels, which stands in the
 * gallery until somebody deletes it. Live drawings themselves would fill that with every move of a slider.
 *
 * - `canKeep(result)` tells whether a result was drawn live.
 * - `keep(result)` has it drawn again, waits, and gives the job's id. Throws Refusal.
 * - `titleOf(job)` is by what a person knows a job of the gallery.
 * - `settingsOf(request)` are the studio's settings of a picture that was kept, null for one of words.
 */
import { Refusal } from '../api.js'
import { dataUrl, UNSAID } from '../request.js'
import { lookOf, onMachine } from '../tuned.js'
import { state } from '../state.js'
import { words } from '../words/en.js'
import { begin, follow } from './jobs.js'

export const canKeep = (result) => Boolean(result?.source && (result.body?.machine || result.body?.redraw === false))

export async function keep({ body, source }) {
  const { prompt: _, width, height, machine, ...pixart } = body
  const look = machine ? { machine } : { ...(width && { width, height }), pixart }
  const request = { prompt: UNSAID, ...look, initImage: await dataUrl(source.blob) }
  const id = await begin({ path: 'generate/img2img', body: request })
  for await (const job of follow(id)) if (job.status === 'failed') throw new Refusal(job.error, { status: 422 })
  state.set({ kept: id })
  return id
}

export function titleOf({ request, prompt = '' }) {
  const own = request?.prompt ?? prompt
  return own === UNSAID ? words.gallery.sketch : own || words.gallery.untitled
}

export function settingsOf({ workflow, machine, pixart, prompt, width, height }) {
  if (workflow || !(machine || pixart)) return null
  const size = width ? { width, height } : {}
  const look = machine ? onMachine(machine) : { machine: '', paper: Boolean(pixart.paper), ...lookOf(pixart), ...size }
  return { ...look, ...(prompt !== UNSAID && { prompt }) }
}
