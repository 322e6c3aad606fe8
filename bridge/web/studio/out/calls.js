/** What was tuned here as a call of each of the server's six APIs: the request, and how its answer gives the picture. */
import { at } from '../api.js'
import { look } from '../pictures/jobs.js'
import { fields } from '../request.js'
import { state } from '../state.js'

/** Stands in a request where the picture goes. */
export const PICTURE = '\u0000picture'

/**
 * The APIs by name: `title`; `body(settings)`; `path`; `take`, the Python expression for the picture's bytes out of the
 * `answer`; `files`, where a machine's zip is; and `lacks`, whether the API has no fields for the look, which is then as
 * the workflow's file has it.
 */
export const APIS = {
  pixart: {
    title: 'Pixart editor',
    path: 'api/pixel-generation/generate',
    body: (settings) => ({ id: 'my-first', ...fields(settings), sketchData: PICTURE }),
    then: 'api/pixel-generation/result/my-first',
    files: 'api/pixel-generation/files/my-first',
  },
  unified: {
    title: 'Unified generation',
    path: 'generate',
    body: (settings) => ({ ...(settings.machine ? fields(settings) : pixelated(settings)), init_image: PICTURE }),
    take: 'base64.b64decode(answer["base64"])',
    lacks: true,
  },
  imagegen: {
    title: 'Image Generation API',
    path: 'generate/img2img',
    body: (settings) => ({ workflow: 'pixelate', ...told(settings), ...look(asStyled(settings), () => true), initImage: PICTURE }),
    poll: 'jobs/',
    lacks: true,
  },
  a1111: {
    title: 'AUTOMATIC1111',
    path: 'sdapi/v1/img2img',
    body: (settings) => ({ workflow: 'pixelate', ...told(settings), init_images: [PICTURE] }),
    take: 'base64.b64decode(answer["images"][0])',
    lacks: true,
  },
  pico: {
    title: 'Pico panel',
    path: 'pico/sdapi/v1/img2img',
    body: (settings) => ({ ...told(settings), init_images: [PICTURE], return_base64: true }),
    take: 'base64.b64decode(answer["images"][0])',
    lacks: true,
  },
  aleaart: {
    title: 'AleaArt',
    path: 'generate-image',
    body: ({ seed, steps }) => ({
      tokenId: 7,
      parameters: { promptIndex: 2, styleIndex: 8, samplerIndex: 0, aspectIndex: 0, steps: steps ?? 20, cfg: 75, latentSeed: seed ?? 0, paletteId: 5 },
    }),
    lacks: true,
  },
}

const OF_MACHINES = ['pixart', 'unified'] // the APIs with a field for them

/** Whether an API has no fields for all that was tuned. */
export const lacks = (api, { machine }) => (machine ? !OF_MACHINES.includes(api) : Boolean(APIS[api].lacks))

const pixelated = (settings) => ({ mode: 'img2img', workflow: 'pixelate', ...told(settings) })

/** What every API has a field for. */
function told({ prompt, width, height, seed }) {
  return { prompt: prompt || 'pixel art', width, height, ...(seed !== null && { seed }) }
}

/** The settings with what the style says where nothing was chosen, for an API that knows no styles. */
function asStyled(settings) {
  const style = state.get('options')?.styles[settings.style] ?? {}
  const { palette = '', own_colors: ownColors = 0, contrast = null, strength = null } = style
  const colored = settings.palette || settings.ownColors || settings.colors.length > 1
  const colors = colored ? {} : ownColors ? { ownColors } : { palette }
  return { ...settings, ...colors, contrast: settings.contrast ?? contrast, strength: settings.strength ?? strength }
}

/** The call as lines for a shell; the picture is the file `sketch.png` beside it. */
export function asCurl(api, settings, keyed) {
  const { path, body, then, files } = APIS[api]
  const picture = `'"$(base64 < sketch.png | tr -d '\\n')"'`
  const json = JSON.stringify(body(settings), null, 2).replaceAll("'", "'\\''").replace(JSON.stringify(PICTURE), `"${picture}"`)
  const key = keyed ? ' -H "Authorization: Bearer $PIXART_KEY"' : ''
  // the picture is longer than a shell's argument may be, so the request goes through a pipe
  const lines = [`printf %s '${json}' | curl${key} ${at(path)} --data-binary @-`]
  if (then) lines.push(`curl${key} ${at(then)} --output sprite.png`)
  if (files && settings.machine) lines.push(`curl${key} ${at(files)} --output sprite.zip`)
  return lines.join('\n')
}

/** The call as Python, which needs nothing installed. */
export function asPython(api, settings, keyed) {
  const { path, body } = APIS[api]
  const headers = keyed ? '{"Authorization": "Bearer " + os.environ["PIXART_KEY"]}' : '{}'
  const sends = JSON.stringify(body(settings)).includes(JSON.stringify(PICTURE).slice(1, -1))
  const imports = ['base64', 'json', ...(keyed ? ['os'] : []), ...(APIS[api].poll ? ['time'] : []), 'urllib.request']
  const lines = [
    `import ${imports.join(', ')}`,
    '',
    `SERVER, HEADERS = "${at('')}", ${headers}`,
    '',
    'def call(path, body=None):',
    '    data = json.dumps(body).encode() if body else None',
    '    with urllib.request.urlopen(urllib.request.Request(SERVER + path, data, HEADERS)) as answer:',
    '        return answer.read()',
    '',
    ...(sends ? ['picture = base64.b64encode(open("sketch.png", "rb").read()).decode()'] : []),
    `answer = json.loads(call("${path}", ${python(body(settings), 0)}))`,
    ...ending(APIS[api]),
    ...(APIS[api].files && settings.machine ? [`open("sprite.zip", "wb").write(call("${APIS[api].files}"))`] : []),
  ]
  return lines.join('\n')
}

/** How the picture comes out of the answer. */
function ending({ then, poll, take }) {
  const save = (bytes) => `open("sprite.png", "wb").write(${bytes})`
  if (then) return [save(`call("${then}")`)]
  if (take) return [save(take)]
  if (!poll) return ['print(answer)']
  const wait = ['while answer["status"] not in ("completed", "failed"):', '    time.sleep(0.2)']
  return [...wait, `    answer = json.loads(call("${poll}" + answer["id"]))`, save('base64.b64decode(answer["result"]["images"][0])')]
}

/** A JSON value as Python writes it. */
function python(value, depth) {
  const inner = '    '.repeat(depth + 1)
  const closed = (open, rows, close) => (rows.length ? `${open}\n${rows.map((row) => `${inner}${row},\n`).join('')}${'    '.repeat(depth)}${close}` : open + close)
  if (value === PICTURE) return 'picture'
  if (value === true || value === false) return value ? 'True' : 'False'
  if (value === null) return 'None'
  if (Array.isArray(value)) return value.length > 2 ? JSON.stringify(value) : closed('[', value.map((each) => python(each, depth + 1)), ']')
  if (typeof value === 'object') return closed('{', Object.entries(value).map(([name, each]) => `"${name}": ${python(each, depth + 1)}`), '}')
  return JSON.stringify(value)
}
