// Palettes as ComfyUI's server knows them, by the routes of this pack.
import { api } from '../../scripts/api.js'

const OWN = 'custom' // what the server calls colours without a name
const MOST_NAMES = 64

let builtIn = null
const names = new Map() // of the colours that came out of files, by their text

async function answer(response) {
  const body = await response.json().catch(() => ({ error: `ComfyUI answered ${response.status}.` }))
  if (!response.ok) throw new Error(body.error)
  return body
}

/** The built-in palettes by name; asked once. */
export function all() {
  builtIn ??= api
    .fetchApi('/pixart/palettes')
    .then(answer)
    .then(({ palettes }) => new Map(palettes.map(each => [each.name, each])))
    .catch(error => {
      builtIn = null
      throw error
    })
  return builtIn
}

/** The palette in a text or in a File; throws an Error with the one sentence that says what is wrong. */
export async function read(given) {
  const query = given instanceof Blob ? `?name=${encodeURIComponent(given.name)}` : ''
  const palette = await answer(await api.fetchApi(`/pixart/palette${query}`, { method: 'POST', body: given }))
  if (query) remember(palette)
  return palette
}

function remember({ text, name }) {
  names.delete(text)
  names.set(text, name)
  if (names.size > MOST_NAMES) names.delete(names.keys().next().value)
}

/** What colours in the node's own field are called: by the file that they came out of, or as the built-in palette. */
export const nameOf = ({ name }, text) => names.get(text) ?? (name === OWN ? null : name)

/** The palette in a file of ComfyUI's folders, named as nodes name it: `sub/x.gpl`, `x.png [output]`. */
export async function inFolder(name) {
  const [, path, type = 'input'] = /^(.*?)(?:\s*\[(\w+)\])?$/.exec(name.trim())
  const parts = path.split('/')
  const filename = parts.pop()
  const response = await api.fetchApi(`/view?${new URLSearchParams({ filename, subfolder: parts.join('/'), type })}`)
  if (!response.ok) throw new Error(`There is no file '${path}' in ComfyUI's ${type} folder; upload it first.`)
  return read(new File([await response.blob()], filename))
}

/** Puts a file into ComfyUI's input folder; its name there. */
export async function upload(file) {
  const body = new FormData()
  body.append('image', file, file.name)
  body.append('subfolder', 'palettes')
  const { name, subfolder } = await answer(await api.fetchApi('/upload/image', { method: 'POST', body }))
  return subfolder ? `${subfolder}/${name}` : name
}
