// How what scripts remember is called: a digest, that tells nobody of what. Pure.
import { createHash } from 'node:crypto'

export function markOf(...words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 40)
}
