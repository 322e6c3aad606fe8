/**
 * Pictures that a model or the built-in drawings make of words, by the Image Generation API: each is a job of its own,
 * which the server keeps, so that a page may be closed meanwhile.
 *
 * - `request(settings, mode, source)` is {path, body}: what is posted, by the mode as GET /models/modes tells it.
 * - `begin(request, signal, once)` gives the job's id; a server that is away is waited for. Requests with the same `once` are
 *   one job: so an answer that was lost costs no second picture.
 * - `look(settings, mode)` is the part of a request that says how pixel art shall look.
 * - `isPixelArt(mode)` and `takesPicture(mode)` tell what a mode makes, and of what.
 * - `follow(id, signal)` yields the job at each change: {status, progress, previewUrl, error}.
 * - `pictureOf(id)` is its blob; `cancel`, `remove`, `places`, `jobs`, `modes`, `whole` are the routes of these names. What a
 *   reader asks for waits for a server that is away.
 */
import { ask, call, events, isAway, patient, up } from '../api.js'
import { dataUrl, fresh } from '../request.js'

const ROUTES = { stream: (id) => `jobs/${id}/events`, status: (id) => `jobs/${id}` }
/** The mode of somebody who chose none: what comes out is pixel art at once. */
export const USUAL_MODE = 'txt2img_pixel'
// The request's field for an input of the workflow, by the studio's name of the setting; only what a mode has is sent.
const TUNED = { palette: 'palette', dither: 'dither', method: 'method', metric: 'metric', contrast: 'contrast' }

export const isPixelArt = ({ inputs }) => inputs.includes('palette')
export const takesPicture = ({ pictures }) => pictures.length > 0

/** What is posted for these settings. A mode that takes a picture gets the source, redrawn by so much, 0 to 1. */
export async function request(settings, mode, source, redrawn = null) {
  const has = (name) => mode.inputs.includes(name)
  const body = { prompt: settings.prompt, workflow: mode.name, ...(isPixelArt(mode) && look(settings, mode)) }
  const rest = { negativePrompt: has('negative') && settings.negative, model: settings.model, steps: has('steps') && settings.steps }
  for (const [field, value] of Object.entries(rest)) if (value) body[field] = value
  if (settings.seed !== null && has('seed')) body.seed = settings.seed
  if (!takesPicture(mode)) return { path: 'generate/text2img', body }
  const picture = { initImage: await dataUrl(source.blob), ...(has('denoise') && redrawn !== null && { strength: redrawn }) }
  return { path: 'generate/img2img', body: { ...body, ...picture } }
}

/** Size, colours, dither, and what is done by hand; to a grid only a sketch is snapped, where the mode takes one. */
export function look(settings, mode) {
  const has = (name) => mode.inputs.includes(name)
  const body = { width: settings.width, height: settings.height }
  for (const [name, field] of Object.entries(TUNED)) {
    if (has(name) && settings[name]) body[field] = settings[name]
  }
  if (settings.colors.length > 1) body.colorPalette = [...settings.colors]
  if (has('own_colors') && settings.ownColors) body.ownColors = settings.ownColors
  if (has('strength') && settings.strength !== null) body.ditherStrength = settings.strength
  for (const name of ['clean', 'outline']) if (settings[name]) body[name] = settings[name]
  if (takesPicture(mode) && settings.snap) body.snap = true
  return body
}

/** The id of the job of a request, a new one where the server has none of this name. Throws Refusal where the server wants none. */
export async function begin({ path, body }, signal, once = fresh('once-')) {
  return (await patient(() => ask(path, { json: body, signal, once }), signal)).id
}

/** A job at each change, its end included; a server or a key that is away is waited for. Throws Refusal for an unknown one. */
export async function* follow(id, signal) {
  for (;;) {
    await up(signal)
    try {
      yield* events(id, signal, ROUTES)
      return
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
}

/** A finished job's picture; a server or a key that is away is waited for. */
export const pictureOf = async (id, signal) => (await patient(() => call(`jobs/${id}/picture?inline=true`, { signal }), signal)).blob()

/** End a job, also one that runs. */
export const cancel = (id) => patient(() => call(`jobs/${id}/interrupt`, { method: 'POST' }))

/** Remove a job that is over, and its picture. */
export const remove = (id) => patient(() => call(`jobs/${id}/delete`, { method: 'POST' }))

/** One's own jobs that are not over: {running, waiting: [{id, place}]}. */
export const places = (signal) => ask('queue/places', { signal })

/** All own jobs, newest first, with prompt, seed and workflow. */
export const jobs = async (signal) => (await ask('jobs?settings=true', { signal })).jobs

/** What can be drawn of words, by which workflow, and what is missing. */
export async function modes(signal) {
  const known = (await ask('models/modes', { signal })).modes
  return known.filter(({ inputs, pictures }) => inputs.includes('prompt') && pictures.length < 2)
}

/** The models that there are: [{id, name, loaded}]. */
export const models = async (signal) => (await ask('models', { signal })).models

/** A job with the request that it was made by, and its result. */
export const whole = (id, signal) => patient(() => ask(`jobs/${id}`, { signal }), signal)

// What is said of the built-in drawings in place of a model: the words panel says so before anything is drawn.
const KNOWN = /can't run on this ComfyUI|^checkpoint: /

/** A finished job's picture as state's `result` has it. */
export async function resultOf(job, blob) {
  const bitmap = await createImageBitmap(blob)
  const { width, height } = bitmap
  bitmap.close()
  const { body = null, notes = [], workflow: algorithm, startedAt, completedAt } = job
  const files = isOnMachine(job) ? `/jobs/${job.id}/files` : null
  const milliseconds = new Date(completedAt) - new Date(startedAt) || 0
  return { blob, width, height, id: job.id, body, notes: notes.filter((note) => !KNOWN.test(note)), algorithm, look: null, files, milliseconds }
}

/** Whether a job drew for a console or home computer. */
export const isOnMachine = ({ workflow }) => /^machine(@|$)/.test(workflow ?? '')
