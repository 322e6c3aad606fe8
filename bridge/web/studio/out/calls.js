/** What was tuned here as a call of each of the server's six APIs: the request, and how its answer gives the picture. */
import { at } from '../api.js'
import { fields, isSnapped, UNSAID } from '../request.js'

/** Stands in a request where the picture goes. */
export const PICTURE = '\u0000picture'
/** Stands where an id goes that no request had before: the server gives the old picture to an old id. */
const ID = '\u0000id'

/**
 * The APIs by name: `title`; `path`; `body(settings)`; `then`, where the picture of an id is fetched; `files`, where a
 * machine's zip is; `poll`, where its jobs are. `field` has the picture as base64 in its answer, `take` finds it there in Python;
 * `frame` is the file where the answer is the picture's bytes. `said` is the name of the sentence that is true of it.
 */
export const APIS = {
  pixart: {
    title: 'Pixart editor',
    path: 'api/pixel-generation/generate',
    body: (settings) => ({ id: ID, ...fields(settings), sketchData: PICTURE }),
    then: 'api/pixel-generation/result/',
    files: 'api/pixel-generation/files/',
    said: 'same',
  },
  unified: {
    title: 'Unified generation',
    path: 'generate',
    body: (settings) => ({ ...(settings.machine ? fields(settings) : { mode: 'img2img', ...told(settings), pixart: look(settings) }), init_image: PICTURE }),
    field: '"base64": ?"',
    take: 'answer["base64"]',
    said: 'same',
  },
  imagegen: {
    title: 'Image Generation API',
    path: 'generate/img2img',
    body: (settings) => ({ ...(settings.machine ? fields(settings) : { ...told(settings), pixart: look(settings) }), initImage: PICTURE }),
    poll: 'jobs/',
    said: 'same',
  },
  a1111: {
    title: 'AUTOMATIC1111',
    path: 'sdapi/v1/img2img',
    body: (settings) => ({ ...told(settings), alwayson_scripts: { pixart: { args: [look(settings)] } }, init_images: [PICTURE] }),
    field: '"images": ?\\["',
    take: 'answer["images"][0]',
    said: 'same',
  },
  pico: {
    title: 'Pico panel',
    path: 'pico/sdapi/v1/img2img',
    body: (settings) => ({ ...told(settings), pixart: look(settings), init_images: [PICTURE] }),
    frame: 'sprite.rgb565',
    said: 'panel',
  },
  aleaart: {
    title: 'AleaArt',
    path: 'generate-image',
    body: (settings) => ({
      tokenId: 7,
      parameters: { promptIndex: 2, styleIndex: 8, samplerIndex: 0, aspectIndex: 0, steps: settings.steps ?? 20, cfg: 75, latentSeed: settings.seed ?? 0, paletteId: 5 },
      pixart: without(look(settings), OF_SKETCHES),
    }),
    field: '"imageBase64": ?"[^,]*,',
    take: 'answer["imageBase64"].partition(",")[2]',
    said: 'token',
  },
}

const OF_MACHINES = ['pixart', 'unified', 'imagegen'] // the APIs with a field for them
const OF_SKETCHES = ['fit', 'paper', 'redraw', 'snap'] // fields of a look that say what becomes of a sketch

/** The name of the sentence about an API's call: what it draws of that which was tuned. */
export const about = (api, { machine }) => (machine && !OF_MACHINES.includes(api) ? 'noMachines' : APIS[api].said)

/** What was tuned as the one object that every API takes, in the Pixart editor's own fields. */
const look = (settings) => without(fields({ ...settings, machine: '' }), ['prompt', 'width', 'height'])

/** What every API has a field for. */
const told = (settings) => ({ prompt: UNSAID, ...(isSnapped(settings) ? {} : { width: settings.width, height: settings.height }) })

const without = (body, names) => Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))

/** The call as lines for a shell; the picture is the file `sketch.png` beside it, the result comes beside it too. */
export function asCurl(api, settings, keyed) {
  const { path, body, then, files, poll, field, frame } = APIS[api]
  const picture = `'"$(base64 < sketch.png | tr -d '\\n')"'`
  const json = JSON.stringify(body(settings), null, 2).replaceAll("'", "'\\''").replace(JSON.stringify(PICTURE), `"${picture}"`).replace(JSON.stringify(ID), `"'"$id"'"`)
  const key = keyed ? ' -H "Authorization: Bearer $PIXART_KEY"' : ''
  const get = (from, to) => `curl${key} ${at(from)} --output ${to}`
  // the picture is longer than a shell's argument may be, so the request goes through a pipe
  const call = `printf %s '${json}' | curl${key} ${at(path)} --data-binary @-`
  if (poll) return [`id=$(${call} | sed -E 's/^.{0,4}"id": ?"([^"]*)".*/\\1/')`, get(`${poll}$id/events`, '/dev/null'), get(`${poll}$id/picture`, 'sprite.png')].join('\n')
  if (field) return `${call} | sed -E 's/.*${field}([^"]*)".*/\\1/' | base64 -d > sprite.png`
  if (frame) return `${call} --output ${frame}`
  const lines = ['id=my-$(date +%s)-$$', call, get(`${then}$id`, 'sprite.png')]
  if (files && settings.machine) lines.push(get(`${files}$id`, 'sprite.zip'))
  return lines.join('\n')
}

/** The call as Python, which needs nothing installed. */
export function asPython(api, settings, keyed) {
  const { path, body } = APIS[api]
  const headers = keyed ? '{"Authorization": "Bearer " + os.environ["PIXART_KEY"]}' : '{}'
  const sends = JSON.stringify(body(settings)).includes(JSON.stringify(PICTURE).slice(1, -1))
  const imports = ['base64', 'json', ...(keyed ? ['os'] : []), ...(APIS[api].poll || APIS[api].then ? ['time'] : []), 'urllib.request']
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
    ...ending(APIS[api], `call("${path}", ${python(body(settings), 0)})`),
    ...(APIS[api].files && settings.machine ? [`open("sprite.zip", "wb").write(call("${APIS[api].files}" + answer["id"]))`] : []),
  ]
  return lines.join('\n')
}

/** How the picture comes out of what is answered to a call. */
function ending({ then, poll, take, frame }, sent) {
  const save = (bytes, file = 'sprite.png') => `open("${file}", "wb").write(${bytes})`
  if (frame) return [save(sent, frame)]
  const answer = `answer = json.loads(${sent})`
  if (then) return [answer, save(`call("${then}" + answer["id"])`)]
  if (take) return [answer, save(`base64.b64decode(${take})`)]
  const wait = ['while answer["status"] not in ("completed", "failed"):', '    time.sleep(0.2)']
  return [answer, ...wait, `    answer = json.loads(call("${poll}" + answer["id"]))`, save('base64.b64decode(answer["result"]["images"][0])')]
}

/** A JSON value as Python writes it. */
function python(value, depth) {
  const inner = '    '.repeat(depth + 1)
  const closed = (open, rows, close) => (rows.length ? `${open}\n${rows.map((row) => `${inner}${row},\n`).join('')}${'    '.repeat(depth)}${close}` : open + close)
  if (value === PICTURE) return 'picture'
  if (value === ID) return 'f"my-{time.time_ns()}"'
  if (value === true || value === false) return value ? 'True' : 'False'
  if (value === null) return 'None'
  if (Array.isArray(value)) return value.length > 2 ? JSON.stringify(value) : closed('[', value.map((each) => python(each, depth + 1)), ']')
  if (typeof value === 'object') return closed('{', Object.entries(value).map(([name, each]) => `"${name}": ${python(each, depth + 1)}`), '}')
  return JSON.stringify(value)
}
