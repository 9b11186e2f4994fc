// Reads a settings file: TOML to checked values, or what is wrong with it, line by line.
import { readFileSync } from 'node:fs'
import { parse as parseToml, TomlError } from 'smol-toml'
import * as v from 'valibot'
import { type Settings, schema } from './schema.ts'

/** Thrown for a file with mistakes; its message has a line for each, made for a person. */
export class BadConfig extends Error {
  readonly mistakes: readonly Mistake[]

  constructor(file: string, found: readonly Mistake[]) {
    const mistakes = found.toSorted((one, other) => one.line - other.line)
    super(mistakes.map(({ line, text }) => `${file}:${line}: ${text}`).join('\n'))
    this.mistakes = mistakes
  }
}

export interface Mistake {
  /** From 1. */
  readonly line: number
  readonly text: string
}

/** @throws BadConfig; Error when the file cannot be read. */
export function readConfig(file: string): Settings {
  return parseConfig(readFileSync(file, 'utf8'), file)
}

/** @throws BadConfig */
export function parseConfig(source: string, file = 'config'): Settings {
  const settings = parsePart(source, file)
  const wrong = contradictions(settings, source)
  if (wrong.length > 0) throw new BadConfig(file, wrong)
  return settings
}

/** The same for a file that need not be enough alone. @throws BadConfig */
export function parsePart(source: string, file: string): Settings {
  const result = v.safeParse(schema, tomlOf(source, file))
  if (result.success) return result.output
  throw new BadConfig(
    file,
    result.issues.map((issue) => mistake(issue, source)),
  )
}

/** Some settings as they are written, by section and name. */
export type Overlay = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The settings these values make, the others being the defaults; or what is wrong with them. */
export function settingsOf(overlay: Overlay): Settings | readonly string[] {
  const result = v.safeParse(schema, overlay)
  return result.success ? result.output : result.issues.map((issue) => mistake(issue, '').text)
}

/** What cannot be together, in settings whose `store.url` may have come out of its file. */
export function contradictionsIn(settings: Settings): readonly string[] {
  const { store } = settings
  const said = store.url_file === '' ? store : { ...store, url: '' }
  return contradictions({ ...settings, store: said }, '').map(({ text }) => text)
}

/** The keys a file sets: "smtp.listen". @throws BadConfig */
export function keysIn(source: string, file: string): ReadonlySet<string> {
  const sections = Object.entries(tomlOf(source, file) as Overlay)
  return new Set(
    sections.flatMap(([section, given]) => Object.keys(given).map((name) => `${section}.${name}`)),
  )
}

function tomlOf(source: string, file: string): unknown {
  try {
    return parseToml(source)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const text = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? ''
    throw new BadConfig(file, [{ line: error.line, text }])
  }
}

function mistake(issue: v.BaseIssue<unknown>, source: string): Mistake {
  const path = (issue.path ?? []).map(({ key }) => String(key))
  const [section = '', name] = path
  const line = lineOf(source, section, name)
  if (issue.type !== 'strict_object' || issue.expected !== 'never')
    return { line, text: `${path.slice(0, 2).join('.')} ${issue.message}` }
  const what = name === undefined ? `section [${section}]` : `key ${section}.${name}`
  return { line, text: `there is no ${what}; docs/config.md lists what there is` }
}

/** Where a key is set, or else its section, or the first line. */
function lineOf(source: string, section: string, name: string | undefined): number {
  const lines = source.split('\n')
  const head = lines.findIndex((line) => line.trim().replace(/\s/g, '').startsWith(`[${section}]`))
  if (head < 0 || name === undefined) return Math.max(head, 0) + 1
  const below = lines.slice(head + 1)
  const at = below.findIndex((line) => line.split('=')[0]?.trim().replace(/["']/g, '') === name)
  return (at < 0 ? head : head + 1 + at) + 1
}

/** What is well-formed and still cannot be. */
function contradictions(settings: Settings, source: string): Mistake[] {
  const mistakes: Mistake[] = []
  const add = (section: string, name: string, text: string) =>
    mistakes.push({ line: lineOf(source, section, name), text: `${section}.${name} ${text}` })
  const { server, store, tls, gateway, management } = settings
  if ((tls.cert === '') !== (tls.key === ''))
    add('tls', tls.cert === '' ? 'key' : 'cert', 'needs both tls.cert and tls.key')
  if (store.url !== '' && store.url_file !== '')
    add('store', 'url_file', 'says again what store.url says: keep one of them')
  if (store.url !== '' && !isPostgres(store.url))
    add('store', 'url', 'is no address of a PostgreSQL database: postgres://USER@HOST/DATABASE')
  if (server.domains.length === 0 && gateway.relay_host === '')
    add('server', 'domains', 'is empty: name a domain, or a gateway.relay_host to be a forwarder')
  if ((gateway.relay_user === '') !== (gateway.relay_password_file === ''))
    add('gateway', 'relay_user', 'needs both relay_user and relay_password_file')
  if (gateway.report_url !== '' && !/^https?:\/\//.test(gateway.report_url))
    add('gateway', 'report_url', 'must begin with http:// or https://')
  const { udp, token } = management
  if ((udp.length > 0 || token !== '') && Buffer.byteLength(token) !== 8)
    add('management', 'token', 'must have eight bytes')
  return mistakes
}

/** Whether the driver can make sense of it: what it says of one that is wrong has the password. */
export function isPostgres(address: string): boolean {
  return /^postgres(ql)?:\/\//.test(address) && URL.canParse(address.replace('@/', '@localhost/'))
}
