/**
 * From the settings to a request of the Pixart dialect, and from that to a picture. Live, the words panel and what apps
 * are shown in "as curl" all make their requests here: what was tuned is what an app calls.
 *
 * - `lookOf(settings)` is the part of them that says how pixel art shall look, in any dialect.
 * - `fields(settings)` are the request's fields without id and picture; absent is whatever is the style's.
 * - `drawn(body, source, {signal, id, step})` posts it, waits, and gives a `result` as state.js has it; `file(...)` gives
 *   the bytes alone, of formats too that no browser shows. `step(job)` is called at each change of the job, for progress
 *   and previews; without `step` nothing but the end is asked for. Aborting `signal` cancels the job on the server as well.
 *   Ids begin with `LIVE` where a picture is made in passing, of which galleries show nothing, with `KEPT` where the
 *   reader asked for it.
 */
import { ask, call, ended, events, Refusal } from './api.js'
import { words } from './words/en.js'

export const JOBS = 'api/pixel-generation'
export const LIVE = 'live-'
export const KEPT = 'studio-'

/** The prompt of what isn't drawn of words, where an API wants some: it names no colour. */
export const UNSAID = 'pixel art'
const WORDLESS = '' // the same in this dialect, which takes none
const WAIT = 30 // seconds for which the answer to a request may wait for its picture
const OF_SCREENS = ['crop', 'stretch', 'pad'] // how a picture may come to a screen, whose shape is its own

/** The fields of a request that no model draws: what is written in the words panel is of other pictures, and stays there. */
export function fields(settings) {
  if (settings.machine) return { prompt: WORDLESS, machine: onMachine(settings) }
  const { width, height, paper } = settings
  const size = isSnapped(settings) ? {} : { width, height }
  return plain({ prompt: WORDLESS, ...size, ...lookOf(settings), paper: paper || undefined, redraw: false })
}

/** The fields that say how pixel art shall look, beside its size; absent is whatever is the style's. */
export function lookOf(settings) {
  const { fit, style, palette, colors, ownColors, strength, contrast } = settings
  const named = Object.fromEntries(['dither', 'method', 'metric'].map((name) => [name, settings[name] || undefined]))
  return plain({
    ...(isSnapped(settings) ? { snap: true } : { fit }),
    style,
    palette: palette || undefined,
    colorPalette: colors.length > 1 ? [...colors] : undefined,
    ownColors: ownColors || undefined,
    ...named,
    strength: strength ?? undefined,
    contrast: contrast ?? undefined,
    clean: settings.clean || undefined,
    outline: settings.outline || undefined,
  })
}

/** Whether the picture gets as many pixels as its own grid has, instead of a size. */
export const isSnapped = ({ snap, paper }) => snap && !paper

/** A machine, with what of the look counts for it too. */
function onMachine({ machine, fit, pattern, method, strength, quality }) {
  return plain({
    name: machine,
    fit: OF_SCREENS.includes(fit) ? fit : 'pad', // a sketch of another shape is all there, as where it keeps its own
    method: method || undefined,
    dither: pattern || 'auto',
    strength: strength ?? undefined,
    quality: quality || undefined,
  })
}

/** Without what is undefined. */
function plain(body) {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
}

/** A new id. */
export function fresh(kind) {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return kind + [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

const sent = new WeakMap() // data URLs by blob: a source is sent many times

/** A blob as a data URL. */
export function dataUrl(blob) {
  if (!sent.has(blob)) {
    const read = new Promise((done, failed) => {
      const reader = new FileReader()
      reader.onload = () => done(reader.result)
      reader.onerror = () => failed(new Refusal(words.canvas.unreadable('?')))
      reader.readAsDataURL(blob)
    })
    sent.set(blob, read)
  }
  return sent.get(blob)
}

/** Draw the source by the request `body`, and give a `result`. Throws Refusal. */
export async function drawn(body, source, about) {
  const began = performance.now()
  const job = await completed(body, source, about)
  return { ...(await resultOf(job)), body, source, milliseconds: Math.round(performance.now() - began) }
}

/** The file that a request `body` makes of the source, whatever its format. Throws Refusal. */
export async function file(body, source, about) {
  return blobOf((await completed(body, source, about)).resultDataUrl)
}

/** The completed job of a request. Throws Refusal. */
async function completed(body, source, { signal, id = fresh(LIVE), step } = {}) {
  const sketchData = await dataUrl(source.blob)
  signal?.throwIfAborted()
  const cancel = () => cancelled(id)
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const accepted = await ask(`${JOBS}/generate`, { json: { id, sketchData, ...body }, signal, wait: step ? 0 : WAIT })
    const job = ended(accepted) ? accepted : await (step ? stepped(id, signal, step) : waited(id, signal))
    if (job.status !== 'completed') throw new Refusal(job.error ?? words.errors.status(job.status), { status: 422 })
    return job
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

/** Cancel a job that hasn't ended yet; what goes wrong with that is nobody's trouble. */
export async function cancelled(id) {
  try {
    if (!ended(await ask(`${JOBS}/status/${id}`))) await call(`${JOBS}/cancel/${id}`, { method: 'POST' })
  } catch {
    // it ended between the two, or the server is away
  }
}

async function waited(id, signal) {
  // The route that waits answers with bytes, or with 404 for a job that failed: the status tells which, and why.
  await call(`${JOBS}/result/${id}`, { method: 'HEAD', signal }).catch((error) => {
    if (error.status !== 404) throw error
  })
  return ask(`${JOBS}/status/${id}`, { signal })
}

async function stepped(id, signal, step) {
  let job = null
  for await (job of events(id, signal)) step(job)
  return ended(job) ? job : ask(`${JOBS}/status/${id}`, { signal })
}

/** A completed job of the Pixart dialect as state's `result` has it, but for what only its request knows. */
export async function resultOf(job) {
  const blob = blobOf(job.resultDataUrl)
  const { width, height } = await createImageBitmap(blob)
  const { algorithm, look } = job.metadata ?? {}
  const about = { id: job.id, notes: job.notes ?? [], algorithm, look, files: job.filesUrl ?? null }
  return { blob, width, height, ...about, body: null, milliseconds: 0 }
}

/** The blob that a data URL (RFC 2397) holds; the policy lets nobody fetch one. Throws an Error where it is damaged. */
export function blobOf(url) {
  const comma = url.indexOf(',')
  const [head, data] = [url.slice(0, comma), url.slice(comma + 1)]
  const isBase64 = /;\s*base64\s*$/i.test(head)
  const bytes = isBase64 ? Uint8Array.from(atob(data.includes('%') ? decodeURIComponent(data) : data), (letter) => letter.charCodeAt(0)) : unescaped(data)
  return new Blob([bytes], { type: head.slice(5).split(';')[0] })
}

/** The bytes of a text in which some are written like %89. */
function unescaped(text) {
  const parts = text.split(/%([0-9a-f]{2})/i) // every second one is of such a byte
  const bytes = parts.map((part, place) => (place % 2 ? [parseInt(part, 16)] : [...new TextEncoder().encode(part)]))
  return Uint8Array.from(bytes.flat())
}
