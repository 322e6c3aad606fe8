/** The screen that a picture is for: some machines show each pixel twice as wide as high. */
import { settingsOf } from '../metadata.js'
import { state } from '../state.js'

/** The machine whose screen a result is for: {name, fit}, or null. */
export async function machineOf({ body, files, blob }) {
  if (body?.machine || !files) return body?.machine ?? null
  const { machine: name, fit } = (await settingsOf(blob)) ?? {} // of the gallery's pictures the file alone says it
  return { name, fit }
}

/** How many times as wide as high a result's pixels show, once the server's menus are here. */
export async function aspectOf(result) {
  const machine = await machineOf(result)
  if (machine && !state.get('options')) await new Promise((done) => state.on('options', done))
  return aspectOn(machine)
}

/** How many times as wide as high pixels show on a machine's screen; 1 where there is no machine. */
export function aspectOn(machine) {
  return state.get('options')?.machines[machine?.name]?.aspect ?? 1
}
