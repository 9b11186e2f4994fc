// What a job's arguments weigh while they wait, roughly: for the bound on waiting bytes.

/** Bytes of texts and buffers in a value, and 16 for everything else; four levels deep. */
export function weightOf(value: unknown, depth = 4): number {
  if (typeof value === 'string') return 16 + 2 * value.length
  if (typeof value !== 'object' || value === null || depth === 0) return 16
  if (ArrayBuffer.isView(value)) return 16 + value.byteLength
  let weight = 16
  if (Array.isArray(value)) for (const item of value) weight += weightOf(item, depth - 1)
  else for (const key in value) weight += weightOf(value[key as keyof typeof value], depth - 1)
  return weight
}
