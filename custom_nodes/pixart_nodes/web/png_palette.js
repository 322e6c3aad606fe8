// The colour table of a palette PNG, which a browser's decoder doesn't tell.
const SIGNATURE = 0x89504e47

/** The entries of a PNG's table as 'rrggbbaa', in order; none where the bytes are no palette PNG. */
export function tableOf(buffer) {
  const view = new DataView(buffer)
  if (buffer.byteLength < 33 || view.getUint32(0) !== SIGNATURE || view.getUint8(25) !== 3) return []
  const chunks = chunksOf(view)
  const colors = chunks.get('PLTE') ?? new Uint8Array()
  const alphas = chunks.get('tRNS') ?? new Uint8Array()
  return Array.from({ length: colors.length / 3 }, (_, at) =>
    hex([...colors.subarray(3 * at, 3 * at + 3), alphas[at] ?? 255])
  )
}

function chunksOf(view) {
  const chunks = new Map()
  for (let at = 8; at + 8 <= view.byteLength; ) {
    const size = view.getUint32(at)
    const name = String.fromCharCode(...new Uint8Array(view.buffer, at + 4, 4))
    chunks.set(name, new Uint8Array(view.buffer, at + 8, Math.min(size, view.byteLength - at - 8)))
    at += 12 + size
  }
  return chunks
}

/** Bytes as hex digits. */
export const hex = values => Array.from(values, value => value.toString(16).padStart(2, '0')).join('')
