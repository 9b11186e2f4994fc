// Result references, RFC 8620 §3.7: arguments taken from the responses to earlier calls.
import { isObject, type Json } from './args.ts'
import type { Answer } from './call.ts'
import { MethodError } from './errors.ts'

export interface Told {
  readonly answer: Answer
  readonly id: string
}

/** The arguments with what they refer to. @throws MethodError */
export function resolveReferences(given: Json, told: readonly Told[]): Json {
  if (!Object.keys(given).some((name) => name.startsWith('#'))) return given
  const resolved: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!name.startsWith('#')) {
      resolved[name] = value
      continue
    }
    const plain = name.slice(1)
    if (plain in given)
      throw new MethodError('invalidArguments', `${plain} is given twice`, { arguments: [plain] })
    resolved[plain] = referred(value, told)
  }
  return resolved
}

function referred(value: unknown, told: readonly Told[]): unknown {
  const reference = isObject(value) ? value : {}
  const { resultOf, name, path } = reference
  if (typeof resultOf !== 'string' || typeof name !== 'string' || typeof path !== 'string')
    throw new MethodError('invalidResultReference', 'not a reference')
  const found = told.find(({ id }) => id === resultOf)
  if (!found || found.answer[0] !== name)
    throw new MethodError('invalidResultReference', `no response ${name} to that call`)
  return pointed(found.answer[1], path)
}

/** RFC 6901, with "*" for every item of an array. */
export function pointed(from: unknown, path: string): unknown {
  if (path === '') return from
  if (!path.startsWith('/')) throw new MethodError('invalidResultReference', 'not a path')
  const words = path.slice(1).split('/')
  return walk(
    from,
    words.map((word) => word.replaceAll('~1', '/').replaceAll('~0', '~')),
  )
}

function walk(from: unknown, words: readonly string[]): unknown {
  let at = from
  for (const [n, word] of words.entries()) {
    if (Array.isArray(at) && word === '*') {
      const rest = words.slice(n + 1)
      return at.flatMap((item) => walk(item, rest))
    }
    const known = Array.isArray(at)
      ? /^(?:0|[1-9]\d*)$/.test(word) && Number(word) < at.length
      : isObject(at) && Object.hasOwn(at, word)
    if (!known) throw new MethodError('invalidResultReference', `nothing at ${word.slice(0, 100)}`)
    at = (at as Json)[word]
  }
  return at
}
