/** Keeps in the browser (IndexedDB) what is too large for its other places, so that a page that is closed loses nothing. */
import { state } from './state.js'

const STORE = 'pictures'
const SOURCE = 'source'
const DELAY = 400 // milliseconds after the last stroke

/** The database; null in a browser that keeps none. */
function opened() {
  return new Promise((done) => {
    const request = indexedDB.open('pixart', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => done(request.result)
    request.onerror = () => done(null)
  })
}

/** The source that was kept, or null. */
export const recalled = () => kept(SOURCE)

/** What was kept under a name, or null. */
export async function kept(name) {
  const database = await opened().catch(() => null)
  if (!database) return null
  return new Promise((done) => {
    const request = database.transaction(STORE).objectStore(STORE).get(name)
    request.onsuccess = () => done(request.result ?? null)
    request.onerror = () => done(null)
  })
}

/** Keep a value under a name. */
export async function keep(name, value) {
  const database = await opened().catch(() => null)
  database?.transaction(STORE, 'readwrite').objectStore(STORE).put(value, name)
}

/** From now on keep what is drawn from. */
export function begin() {
  let timer = 0
  const write = () => keep(SOURCE, state.get('source'))
  state.on('source', () => {
    clearTimeout(timer)
    timer = setTimeout(write, DELAY)
  })
}
