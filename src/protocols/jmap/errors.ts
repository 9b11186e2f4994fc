// How JMAP says no: to a whole request, to one method call (RFC 8620 §3.6), to one object (§5.3).
import { type RefusalCode, Refused } from '../../base/refused.ts'
import type { HttpAnswer } from '../../wire/http-types.ts'

/** A method call that fails as a whole. */
export class MethodError extends Error {
  readonly type: string
  readonly more: Readonly<Record<string, unknown>>

  constructor(type: string, description = '', more: Readonly<Record<string, unknown>> = {}) {
    super(description === '' ? type : `${type}: ${description}`)
    this.name = 'MethodError'
    this.type = type
    this.more = description === '' ? more : { description, ...more }
  }
}

/** One object of a /set that cannot be made, changed or removed. */
export class SetFailure extends Error {
  readonly type: string
  readonly more: Readonly<Record<string, unknown>>

  constructor(type: string, description = '', more: Readonly<Record<string, unknown>> = {}) {
    super(description === '' ? type : `${type}: ${description}`)
    this.name = 'SetFailure'
    this.type = type
    this.more = description === '' ? more : { description, ...more }
  }

  get json(): object {
    return { type: this.type, ...this.more }
  }
}

export function invalidProperties(properties: readonly string[], description = ''): SetFailure {
  return new SetFailure('invalidProperties', description, { properties })
}

const setTypes: Partial<Record<RefusalCode, string>> = {
  'over-quota': 'overQuota',
  'not-found': 'notFound',
  'too-big': 'tooLarge',
  'too-many': 'overQuota',
  'bad-value': 'invalidProperties',
  'bad-address': 'invalidProperties',
  'bad-message': 'invalidEmail',
  'rate-limited': 'rateLimit',
  'sender-denied': 'forbiddenFrom',
  'relay-denied': 'forbiddenToSend',
  exists: 'invalidProperties',
}

/** What a thrown error says of one object; undefined for a bug and for what is of the server. */
export function setErrorOf(error: unknown): object | undefined {
  if (error instanceof SetFailure) return error.json
  if (!(error instanceof Refused)) return undefined
  const type = setTypes[error.code]
  return type === undefined ? undefined : { type, description: error.message }
}

/** What a thrown error says of one method call; undefined for a bug. */
export function methodErrorOf(error: unknown): object | undefined {
  if (error instanceof MethodError) return { type: error.type, ...error.more }
  if (!(error instanceof Refused)) return undefined
  const server = /^(?:busy|no-space|storage-failed|unavailable)$/.test(error.code)
  const type = server ? 'serverUnavailable' : 'serverFail'
  return { type, description: error.code }
}

/** RFC 7807, as RFC 8620 §3.6.1 uses it. */
export function problemObject(
  status: number,
  type: string,
  more: Readonly<Record<string, unknown>> = {},
): object {
  const named = type === '' ? 'about:blank' : `urn:ietf:params:jmap:error:${type}`
  return { type: named, status, ...more }
}

export function problem(...given: Parameters<typeof problemObject>): HttpAnswer {
  return {
    status: given[0],
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify(problemObject(...given)),
  }
}
