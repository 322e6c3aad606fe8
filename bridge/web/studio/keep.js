/** Keeps the source picture in the browser (IndexedDB), so that a page that is closed loses no drawing. */
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
export async function recalled() {
  const database = await opened().catch(() => null)
  if (!database) return null
  return new Promise((done) => {
    const request = database.transaction(STORE).objectStore(STORE).get(SOURCE)
    request.onsuccess = () => done(request.result ?? null)
    request.onerror = () => done(null)
  })
}

/** From now on keep what is drawn from. */
export function begin() {
  let timer = 0
  const write = async () => {
    const database = await opened().catch(() => null)
    database?.transaction(STORE, 'readwrite').objectStore(STORE).put(state.get('source'), SOURCE)
  }
  state.on('source', () => {
    clearTimeout(timer)
    timer = setTimeout(write, DELAY)
  })
}
