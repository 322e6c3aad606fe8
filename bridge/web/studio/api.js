/**
 * The one place that asks the server. Every request carries the key, where there is one; every error is a `Refusal`
 * whose message is a sentence for the reader.
 *
 * - `call(path, {json, body, method, signal, once, wait})` gives the Response; with `json` it is a POST of that, a `body` is sent
 *   as it is. `path` has no slash first. A POST that comes again with the same `once` is the same to the server; `wait` are
 *   the seconds for which the answer may wait until a job has ended, where the route heeds that.
 * - `ask(path, ...)` gives its JSON.
 * - `isAway(error)` tells errors that pass by themselves from others.
 * - `patient(attempt, signal)` gives what a call gives, and makes it again where a server or a key was away meanwhile.
 * - `events(id, signal, routes)` yields what a dialect says of a job, at each change, until it has ended; the Pixart
 *   dialect where no other `routes` are given: {stream, status}, functions from an id to a path.
 *
 * Where the server doesn't answer, `link` becomes 'down', and 'up' again as soon as it does; where it wants another key,
 * 'locked', until the reader gives one. Whoever has something to draw listens to `link` and tries again at 'up'.
 * Nobody else needs to look at statuses. An aborted request throws the AbortError that the browser throws.
 */
import { state } from './state.js'
import { words } from './words/en.js'

const ROOT = new URL('../', import.meta.url)
const PIXART = { stream: (id) => `api/pixel-generation/events/${id}`, status: (id) => `api/pixel-generation/status/${id}` }
const FIRST_WAIT = 500 // milliseconds until the server is looked for again, each time twice as long
const LONGEST_WAIT = 4000
const POLL = 1000 // milliseconds, where a job can't be followed by a stream
// Browsers open six connections to a server for all tabs together; so many of them may be streams that stay open.
const STREAMS = 3

let accepted = state.get('key') // the key that the server took last, '' for none

/** What the server didn't do, in a sentence; `status` 0 where it didn't answer at all. */
export class Refusal extends Error {
  constructor(sentence, { status = 0, field = null, seconds = null } = {}) {
    super(sentence)
    Object.assign(this, { name: 'Refusal', status, field, seconds })
  }
}

/** The address of a path on this server. */
export const at = (path) => new URL(path, ROOT).href

/** The answer to one request; `open` is a path whose answer says nothing of the key, since anybody gets one. Throws Refusal. */
export async function call(path, { json, body, method, signal, open, once, wait } = {}) {
  const key = state.get('key')
  const headers = { ...(key && { Authorization: `Bearer ${key}` }), ...(json && { 'Content-Type': 'application/json' }), ...(once && { 'Idempotency-Key': once }), ...(wait && { Prefer: `wait=${wait}` }) }
  const options = { method: method ?? (json ? 'POST' : 'GET'), headers, signal, body: json ? JSON.stringify(json) : body }
  let answer
  try {
    answer = await fetch(at(path), options)
  } catch (error) {
    if (error.name === 'AbortError') throw error
    gone()
    throw new Refusal(words.errors.unreachable)
  }
  if (state.get('link') === 'down') state.set({ link: 'up' })
  if (answer.ok && !open) (accepted = key), state.solved('key')
  if (answer.ok) return answer
  throw await refusal(answer, key)
}

/** As `call`, with the JSON of the answer. */
export async function ask(path, options) {
  return (await call(path, options)).json()
}

async function refusal(answer, key) {
  if (answer.status === 401) {
    const refused = key === accepted ? words.errors.keyGone : words.errors.keyWrong
    const sentence = key ? refused : words.errors.keyWanted
    if (state.get('key') === key) state.set({ key: '', link: 'locked', problem: { sentence, about: 'key' } })
    return new Refusal(sentence, { status: 401 })
  }
  const said = await answer.json().catch(() => ({}))
  const seconds = Number(answer.headers.get('Retry-After')) || null
  const sentence = said.detail ?? said.error ?? words.errors.status(answer.status)
  return new Refusal(String(sentence), { status: answer.status, field: said.field ?? null, seconds })
}

/** Look for a server that went away until it is back; one search at a time. */
async function gone() {
  if (state.get('link') === 'down') return
  state.set({ link: 'down' })
  for (let wait = FIRST_WAIT; state.get('link') === 'down'; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    await rest(wait)
    const found = await fetch(at('health')).catch(() => null)
    if (found?.ok) state.set({ link: 'up' })
  }
}

/** Wait so many milliseconds. Throws where the signal is given. */
export function rest(milliseconds, signal) {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', () => (clearTimeout(timer), failed(signal.reason)), { once: true })
  })
}

/**
 * What is said of a job at each change of it, the end included: by a stream where one is free, else by asking. A server
 * that went away meanwhile is waited for: jobs outlive it.
 */
export async function* events(id, signal, routes = PIXART) {
  const free = await stream()
  let job = null
  try {
    if (free) for await (job of followed(routes.stream(id), signal)) yield job
  } catch (error) {
    if (!(error instanceof TypeError) && error.status !== 0) throw error
  } finally {
    free?.()
  }
  if (!ended(job)) yield* polled(routes.status(id), signal)
}

/** Whether a job as the Pixart dialect shows it has come to its end. */
export const ended = (job) => job?.status === 'completed' || job?.status === 'failed'

/** Wait until the server answers and has no question about keys. */
export async function up(signal) {
  while (state.get('link') !== 'up') await rest(100, signal)
}

/** Whether an error says only that the server or the key is away, which `link` says already. */
export const isAway = (error) => error.status === 0 || error.status === 401

/** What an attempt gives; where the server or the key was away, it is made again once they are back. Throws any other Refusal. */
export async function patient(attempt, signal) {
  for (;;) {
    await up(signal)
    try {
      return await attempt()
    } catch (error) {
      if (!isAway(error)) throw error
    }
  }
}

/** What gives a place for a stream back; null where all are taken, or the browser can't tell. */
async function stream() {
  for (let place = 0; place < STREAMS && navigator.locks; place++) {
    const free = await new Promise((taken) => {
      const hold = (lock) => lock && new Promise((end) => taken(end))
      const none = () => taken(null) // another page has it, or the browser forbids locks
      navigator.locks.request(`pixart.stream.${place}`, { ifAvailable: true }, hold).then(none, none)
    })
    if (free) return free
  }
  return null
}

async function* followed(path, signal) {
  const answer = await call(path, { signal })
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop()
    for (const block of blocks) {
      const data = block.split('\n').find((line) => line.startsWith('data: '))
      if (data) yield JSON.parse(data.slice(6))
    }
  }
}

async function* polled(path, signal) {
  for (let job = null; !ended(job); await (ended(job) || rest(POLL, signal))) {
    job = await patient(() => ask(path, { signal }), signal)
    yield job
  }
}
