// The kinds of value a setting can have, each with its words for documentation and errors.
import { isIP } from 'node:net'
import * as v from 'valibot'
import { loopback, Networks } from '../../base/networks.ts'
import { milterPlace } from '../../protocols/milter/link.ts'
import { routeOf } from './route.ts'

/** Where to listen: "127.0.0.1:25", "[::1]:25". */
export interface Place {
  readonly host: string
  readonly port: number
}

export function flag(fallback: boolean, doc: string) {
  return v.optional(v.pipe(v.boolean('must be true or false'), v.description(doc)), fallback)
}

export function integer(fallback: number, range: readonly [number, number], doc: string) {
  const [min, max] = range
  const wrong = `must be a whole number from ${min} to ${max}`
  return v.optional(
    v.pipe(
      v.number(wrong),
      v.integer(wrong),
      v.minValue(min, wrong),
      v.maxValue(max, wrong),
      v.description(doc),
    ),
    fallback,
  )
}

export function integers(fallback: number[], range: readonly [number, number], doc: string) {
  const [min, max] = range
  const wrong = `must be a list of whole numbers from ${min} to ${max}`
  return v.optional(
    v.pipe(
      v.array(
        v.pipe(v.number(wrong), v.integer(wrong), v.minValue(min, wrong), v.maxValue(max, wrong)),
        wrong,
      ),
      v.minLength(1, wrong),
      v.description(doc),
      v.readonly(),
    ),
    fallback,
  )
}

export function text(fallback: string, doc: string) {
  return v.optional(v.pipe(v.string('must be a text in quotes'), v.description(doc)), fallback)
}

export function texts(doc: string) {
  const wrong = 'must be a list of texts in quotes: ["one", "two"]'
  return v.optional(v.pipe(v.array(v.string(wrong), wrong), v.description(doc), v.readonly()), [])
}

export function milterPlaces(doc: string) {
  const wrong = 'must be a list of sockets: ["unix:/run/x.sock", "inet:127.0.0.1:8891"]'
  return v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(wrong),
          v.check((entry) => milterPlace(entry) !== undefined, wrong),
        ),
        wrong,
      ),
      v.description(doc),
      v.readonly(),
    ),
    [],
  )
}

export function routes(doc: string) {
  const wrong = 'must be a list of routes: ["to=example.net via=smtp.example.net:587"]'
  return v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(wrong),
          v.check((entry) => routeOf(entry) !== undefined, wrong),
        ),
        wrong,
      ),
      v.description(doc),
      v.readonly(),
    ),
    [],
  )
}

/** Any of the options, or none. */
export function choices<const T extends string>(options: readonly T[], fallback: T[], doc: string) {
  const named = options.map((option) => `"${option}"`).join(', ')
  const wrong = `must be a list of some of ${named}`
  return v.optional(
    v.pipe(
      v.array(v.picklist(options, wrong), wrong),
      v.description(`${doc} Some of ${named}.`),
      v.readonly(),
    ),
    fallback,
  )
}

export function choice<const T extends readonly string[]>(
  options: T,
  fallback: T[number],
  doc: string,
) {
  const named = options.map((option) => `"${option}"`).join(', ')
  const wrong = `must be one of ${named}`
  return v.optional(
    v.pipe(v.picklist(options, wrong), v.description(`${doc} One of ${named}.`)),
    fallback,
  )
}

const domainName =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

export function hostName(fallback: string, doc: string) {
  return v.optional(
    v.pipe(
      v.string('must be a host name in quotes'),
      v.check(
        (name) => name === '' || domainName.test(name),
        'must be a host name: "mail.example.com"',
      ),
      v.description(doc),
      v.toLowerCase(),
    ),
    fallback,
  )
}

export function hostNames(doc: string) {
  const wrong = 'must be a list of domain names: ["example.com"]'
  return v.optional(
    v.pipe(
      v.array(v.pipe(v.string(wrong), v.regex(domainName, wrong), v.toLowerCase()), wrong),
      v.description(doc),
      v.readonly(),
    ),
    [],
  )
}

export function networks(fallback: readonly string[], doc: string) {
  const wrong = 'must be a list of networks: ["127.0.0.0/8", "::1"]'
  return v.optional(
    v.pipe(
      v.array(v.string(wrong), wrong),
      v.check((entries) => areNetworks(entries), wrong),
      v.description(doc),
      v.readonly(),
    ),
    [...fallback],
  )
}

function areNetworks(entries: readonly string[]): boolean {
  try {
    return new Networks(entries) !== undefined
  } catch {
    return false
  }
}

/** A web address where secrets may be sent, or "". */
export function privateUrl(doc: string) {
  const wrong = 'must be an address with https://, or with http:// on this machine'
  return v.optional(
    v.pipe(
      v.string(wrong),
      v.check((url) => url === '' || isPrivate(url), wrong),
      v.description(doc),
    ),
    '',
  )
}

function isPrivate(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const here = host === 'localhost' || new Networks(loopback).has(host)
  return protocol === 'https:' || (protocol === 'http:' && here)
}

export function places(fallback: readonly string[], doc: string) {
  const wrong = 'must be a list of addresses with ports: ["0.0.0.0:25", "[::]:25"]'
  return v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(wrong),
          v.check((entry) => placeOf(entry) !== undefined, wrong),
        ),
        wrong,
      ),
      v.description(doc),
      v.transform((entries): readonly Place[] => entries.flatMap((entry) => placeOf(entry) ?? [])),
    ),
    [...fallback],
  )
}

function placeOf(entry: string): Place | undefined {
  const at = entry.lastIndexOf(':')
  const host = entry.slice(0, at).replace(/^\[(.*)\]$/, '$1')
  const digits = entry.slice(at + 1)
  const port = Number(digits)
  if (isIP(host) === 0 || !/^\d{1,5}$/.test(digits) || port > 65_535) return undefined
  return { host, port }
}
