// One mistake is one message, at the field that has it: ComfyUI repeats what a node says of its fields for each of them.
import { api } from '../../scripts/api.js'
import { translated } from './sentences.js'

const sentence = error => error.details.slice(error.details.indexOf(' - ') + 3)

/** Of errors that say the same only the one about the field whose value is quoted, else the first. */
export function once(errors, inputs = {}) {
  const chosen = new Map()
  for (const error of errors) {
    const key = error.type === 'custom_validation_failed' ? sentence(error) : error
    const value = String(inputs[error.extra_info?.input_name] ?? '').trim()
    const quoted = typeof key === 'string' && value && value.split(/[\s,;]+/).some(word => key.includes(`'${word}'`))
    if (!chosen.has(key) || quoted) chosen.set(key, error)
  }
  return [...chosen.values()]
}

// ComfyUI puts the field's name before what a node says of it.
function translate(error) {
  if (error.type !== 'custom_validation_failed') return
  const said = sentence(error)
  error.details = error.details.slice(0, -said.length) + translated(said)
}

function trim(nodeErrors = {}, prompt = {}) {
  for (const [id, node] of Object.entries(nodeErrors)) {
    if (!node.class_type?.startsWith('Pixart')) continue
    node.errors = once(node.errors, prompt[id]?.inputs)
    node.errors.forEach(translate)
  }
}

// The editor's own listeners, which show it, are told after this one.
api.addEventListener('execution_error', ({ detail }) => {
  if (detail?.node_type?.startsWith('Pixart')) detail.exception_message = translated(detail.exception_message.trim())
})

const queue = api.queuePrompt
api.queuePrompt = async function (number, data, ...more) {
  try {
    const answer = await queue.call(this, number, data, ...more)
    trim(answer.node_errors, data?.output)
    return answer
  } catch (error) {
    trim(error.response?.node_errors, data?.output)
    throw error
  }
}
