/** Reads what a PNG of ours says of how it was made: the settings out of the prompt that ComfyUI keeps in it. */

const SIGNATURE = '137,80,78,71,13,10,26,10'
const KEYWORD = 'prompt'
const AUTO = 'auto' // the nodes' word for what suits the picture, which is '' in settings

/** Which setting is which input of which node. */
const SOURCES = {
  palette: ['PixartPalette', 'palette'],
  ownColors: ['PixartOwnColors', 'colors'],
  method: ['PixartDownscale', 'method'],
  contrast: ['PixartAdjust', 'contrast'],
  dither: ['PixartQuantize', 'dither'],
  metric: ['PixartQuantize', 'metric'],
  strength: ['PixartQuantize', 'strength'],
}

/** The same of a picture for a machine. */
const OF_MACHINES = {
  machine: ['PixartMachine', 'machine'],
  fit: ['PixartMachine', 'fit'],
  method: ['PixartMachine', 'method'],
  pattern: ['PixartMachine', 'dither'],
  strength: ['PixartMachine', 'strength'],
  quality: ['PixartMachine', 'quality'],
}
const USUAL = { quality: 'fast', method: 'box' } // of a machine, which are '' in settings

/** The settings that a file was made with, or null where it says nothing that is understood. */
export async function settingsOf(blob) {
  try {
    const prompt = JSON.parse(await textOf(await blob.arrayBuffer()))
    const nodes = Object.values(prompt)
    const input = ([kind, name]) => nodes.find((node) => node.class_type === kind)?.inputs[name]
    if (input(OF_MACHINES.machine)) return told(OF_MACHINES, input, USUAL)
    const has = (kind) => nodes.some((node) => node.class_type === kind)
    if (!has('PixartQuantize')) return null
    const settings = { machine: '', ...told(SOURCES, input) }
    // an outline that is in the picture already would get another around it
    const finish = { snap: has('PixartGridSnap'), clean: has('PixartCleanup'), outline: '' }
    return { ...settings, ...size(input), ...finish, colors: colors(input(['PixartPalette', 'colors'])), paper: false }
  } catch {
    return null
  }
}

/** Settings by the style whose colours they have, where there is one: what that style has by itself is left to it. */
export function inStyle(settings, styles) {
  const { palette, ownColors, colors = [], contrast, strength } = settings
  const has = ({ palette: its, own_colors: own }) => (own ? ownColors === own : !ownColors && palette === its)
  const suiting = colors.length ? [] : Object.entries(styles).filter(([, style]) => has(style))
  if (!suiting.length) return settings
  const usual = ({ own_colors: own, contrast: its }) => (own ? 1 : its) // own colours fit: they need no contrast
  const [name, style] = suiting.find(([, each]) => usual(each) === contrast) ?? suiting[0]
  const left = (value, its) => (value === its ? null : (value ?? null))
  const tuned = { contrast: left(contrast, usual(style)), strength: left(strength, style.strength) }
  return { ...settings, style: name, palette: '', ownColors: 0, ...tuned }
}

/** The settings of a table that the nodes' inputs tell, those left to themselves as ''. */
function told(table, input, usual = {}) {
  const found = Object.entries(table).map(([field, source]) => [field, input(source)])
  const plain = found.filter(([, value]) => ['string', 'number'].includes(typeof value))
  return Object.fromEntries(plain.map(([field, value]) => [field, value === AUTO || value === usual[field] ? '' : value]))
}

/** The longest side; the shape is that of the file. */
function size(input) {
  const sides = ['width', 'height'].map((name) => input(['PixartDownscale', name]))
  return sides.every(Number.isInteger) ? { width: Math.max(...sides), height: Math.max(...sides), fit: 'longest' } : {}
}

function colors(text) {
  return typeof text === 'string' ? (text.match(/[0-9a-f]{6}\b/gi) ?? []).map((digits) => `#${digits.toLowerCase()}`) : []
}

/** The text under our keyword in a PNG's tEXt, zTXt or iTXt; '' for none. */
async function textOf(buffer) {
  const bytes = new Uint8Array(buffer)
  const view = new DataView(buffer)
  if (String(bytes.subarray(0, 8)) !== SIGNATURE) return ''
  for (let place = 8; place + 8 <= bytes.length; place += view.getUint32(place) + 12) {
    const kind = latin(bytes.subarray(place + 4, place + 8))
    const data = bytes.subarray(place + 8, place + 8 + view.getUint32(place))
    if (/^(tEX|zTX|iTX)t$/.test(kind) && latin(data.subarray(0, KEYWORD.length + 1)) === `${KEYWORD}\0`) return content(kind, data)
  }
  return ''
}

async function content(kind, data) {
  const rest = data.subarray(KEYWORD.length + 1)
  if (kind === 'tEXt') return latin(rest)
  if (kind === 'zTXt') return latin(await inflated(rest.subarray(1)))
  const language = rest.indexOf(0, 2)
  const text = rest.subarray(rest.indexOf(0, language + 1) + 1)
  return new TextDecoder().decode(rest[0] ? await inflated(text) : text)
}

function latin(bytes) {
  return new TextDecoder('latin1').decode(bytes)
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
