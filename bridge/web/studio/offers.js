/** What the server's menus offer, and whether the ComfyUI behind it answers: asked at first, and again by whoever waits. */
import { ask, rest, up } from './api.js'
import { state } from './state.js'

const AGAIN = 1500 // milliseconds until a ComfyUI that doesn't answer is asked for its lists again
const FRESH = 3000 // milliseconds for which an answer is worth as much as a new one

let release = null // of the server's files, as this page was made of them
let asking = false
let told = -FRESH // when it answered last

/** Ask for the menus until ComfyUI has told its lists; one round of questions at a time. */
export async function offers() {
  if (asking) return
  asking = true
  while (!(await answered())) await rest(AGAIN)
  told = performance.now()
  asking = false
}

/** Look whether ComfyUI still answers, for who waits for it. */
export async function look() {
  if (performance.now() - told > FRESH) await offers()
}

/** One question; true where ComfyUI answers. The menus of one that is away stay as they were. */
async function answered() {
  await up()
  const options = await ask('studio/options').catch((error) => error)
  if (options instanceof Error) {
    if (state.get('link') === 'up') state.trouble(options.message, 'options')
    return false
  }
  state.solved('options')
  release ??= options.release
  state.set({ stale: options.release !== release, comfy: options.live ? 'up' : 'away', ...((options.live || !state.get('options')) && { options }) })
  return options.live
}
