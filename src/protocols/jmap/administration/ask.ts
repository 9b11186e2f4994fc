// What the admin routes say no with, in the words of JMAP; and ids for what has a name of its own.
import { isObject } from '../args.ts'
import { SetFailure } from '../errors.ts'

const types: Readonly<Record<number, string>> = {
  403: 'forbidden',
  404: 'notFound',
  409: 'alreadyExists',
  429: 'rateLimit',
  503: 'serverFail',
}

export function failureOf(status: number, value: unknown): SetFailure {
  const text = isObject(value) && typeof value.text === 'string' ? value.text : ''
  return new SetFailure(types[status] ?? 'invalidProperties', text)
}

/** Addresses, domains and settings have letters that RFC 8620 §1.2 does not let an id have. */
export function idOf(name: string): string {
  return Buffer.from(name).toString('base64url')
}
