// What our nodes say comes in English; here it is said in the page's language, where its sentence is known.
import { app } from '../../scripts/app.js'

const HOLE = /<(\d)>/g // of a value that is told, such as a name or a number
let known = [] // [what matches the English sentence, its translation]

const plain = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** The pattern of a sentence with holes: what stands in hole <1> is the match's group `v1`. */
const pattern = english => new RegExp(`^${plain(english).replace(HOLE, '(?<v$1>.+)')}$`, 's')

/** A sentence of ours in the page's language; as it is where it isn't known. */
export function translated(text) {
  for (const [english, said] of known) {
    const match = english.exec(text)
    if (match) return said.replace(HOLE, (_, at) => match.groups[`v${at}`])
  }
  return text
}

async function load(language) {
  if (!language || language === 'en') return
  const response = await fetch(new URL(`messages/${language}.json`, import.meta.url))
  if (!response.ok) return // a language that we don't speak
  known = Object.entries(await response.json()).map(([english, said]) => [pattern(english), said])
}

app.registerExtension({
  name: 'Pixart.Sentences',

  async setup() {
    await load(app.ui?.settings?.getSettingValue?.('Comfy.Locale')).catch(() => {}) // English is said then
  }
})
