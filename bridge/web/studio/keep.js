/** Keeps in the browser (IndexedDB) what is too large for its other places, so that a page that is closed loses nothing. */
import { remember, remembered } from './memory.js'
import { state } from './state.js'

const STORE = 'pictures'
const SOURCE = 'source' // of the tab that drew last; that of each tab has the tab's name behind
const TAB = 'pixart.tab'
const MOST_TABS = 8 // whose sources are kept, the oldest tab's first to go

let database = null // once it is open
const beside = new WeakMap() // what is kept with a source: {steps, taken}
let again = () => null // writes the present source anew, once sources are kept

/** The database; null in a browser that keeps none. */
async function opened() {
  database ??= await new Promise((done) => {
    const request = indexedDB.open('pixart', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => done(request.result)
    request.onerror = () => done(null)
  }).catch(() => null)
  if (database) database.onclose = () => (database = null) // the browser's doing, as where its data are cleared
  return database
}

/** The source that was kept of this tab, else the newest of all, or null; with what its drawing came by. */
export async function recalled() {
  const known = (await kept(own())) ?? (await kept(SOURCE))
  return known && unpacked(known)
}

/** A source with what is kept beside it, as one record. */
const packed = (source) => ({ ...source, ...beside.get(source) })

/** The source of a record. */
function unpacked({ steps, taken, ...source }) {
  const before = taken?.before ? unpacked(taken.before) : null
  beside.set(source, { ...(steps && { steps }), ...(taken && { taken: { ...taken, before } }) })
  return source
}

/** Keep the steps of a drawing with the source that it is. */
export const keepSteps = (source, steps) => beside.set(source, { ...beside.get(source), steps })

/** The steps by which a source was drawn, {back, forth}; undefined where nobody drew it. */
export const stepsOf = (source) => beside.get(source)?.steps

/** Keep with the present source how it was taken: {before, look, result}. */
export function keepTaken(source, taken) {
  beside.set(source, { ...beside.get(source), taken })
  again()
}

/** How a source was taken; undefined where it wasn't. */
export const takenOf = (source) => beside.get(source)?.taken

/** The name of this tab's source; by their names tabs stand in the order in which they were opened. */
function own() {
  if (!remembered('session', TAB)) remember('session', TAB, `${Date.now()}-${Math.random()}`)
  return `${SOURCE} ${remembered('session', TAB)}`
}

/** What was kept under a name, or null. */
export async function kept(name) {
  if (!(await opened())) return null
  return new Promise((done) => {
    const request = database.transaction(STORE).objectStore(STORE).get(name)
    request.onsuccess = () => done(request.result ?? null)
    request.onerror = () => done(null)
  })
}

/** Keep a value under a name: once this has returned, a page that is closed has it, where the browser keeps anything. */
export async function keep(name, value) {
  if (!(await opened())) return
  await new Promise((done) => {
    const writing = database.transaction(STORE, 'readwrite')
    writing.oncomplete = writing.onerror = writing.onabort = done
    writing.objectStore(STORE).put(value, name)
    writing.commit?.()
  })
}

/** From now on keep what is drawn from: at once, and what comes while that is written right behind it. */
export function begin() {
  let written = state.get('source')
  let isWriting = false
  const write = async () => {
    for (isWriting = true; written !== state.get('source'); ) {
      written = state.get('source')
      const { taken, ...record } = packed(written)
      if (taken) record.taken = { ...taken, before: taken.before && packed(taken.before) }
      await Promise.all([SOURCE, own()].map((name) => keep(name, record))).catch(() => null) // the next may go better
    }
    isWriting = false
  }
  again = () => ((written = null), isWriting || write())
  forget()
  state.on('source', () => isWriting || write())
}

/** Forget the sources of tabs that are long closed. */
async function forget() {
  const store = (await opened())?.transaction(STORE, 'readwrite').objectStore(STORE)
  const request = store?.getAllKeys()
  if (!request) return
  request.onsuccess = () => {
    const tabs = request.result.filter((name) => name.startsWith(`${SOURCE} `) && name !== own())
    tabs.slice(0, Math.max(0, tabs.length + 1 - MOST_TABS)).forEach((name) => store.delete(name))
  }
}
