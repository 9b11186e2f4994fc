// Values of single settings: from the words of a person, for the eyes of one, and put together.
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { Refused } from '../../base/refused.ts'
import { documentedKeys, pathKeys, secretKeys } from './keys.ts'
import type { Place } from './kinds.ts'
import type { Overlay } from './read.ts'
import type { Settings } from './schema.ts'

/**
 * What was typed as a value of the key's kind; whether it may be so is for the schema to say.
 * Lists are "a, b" or JSON; texts need no quotes.
 * @throws Refused 'bad-value'
 */
export function parsedValue(key: string, text: string): unknown {
  const fallback = documentedKeys().find((one) => one.key === key)?.fallback
  if (Array.isArray(fallback)) return listOf(key, text)
  if (typeof fallback === 'boolean') return booleans[text.toLowerCase()] ?? text
  if (typeof fallback === 'number') return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  return /^".*"$/s.test(text) ? json(key, text) : text
}

const booleans: Readonly<Record<string, boolean>> = {
  ...{ true: true, on: true, yes: true },
  ...{ false: false, off: false, no: false },
}

function listOf(key: string, text: string): unknown {
  if (text.startsWith('[')) return json(key, text)
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function json(key: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Refused('bad-value', `${key} is neither plain text nor JSON`)
  }
}

/** As it is written in a settings file; "(hidden)" for a secret. */
export function shown(key: string, value: unknown): unknown {
  if (secretKeys.has(key)) return value === '' ? '' : '(hidden)'
  return Array.isArray(value) ? value.map(shownEntry) : value
}

function shownEntry(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null) return entry
  const { host, port } = entry as Place
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `base`, with the keys of `which` as they are in `over`. */
export function merged(base: Settings, over: Settings, which: Overlay): Settings {
  const result: Record<string, Record<string, unknown>> = { ...base } as never
  for (const [section, names] of Object.entries(which)) {
    const own = (over as unknown as Overlay)[section] ?? {}
    const taken = Object.keys(names).map((name) => [name, own[name]])
    result[section] = { ...result[section], ...Object.fromEntries(taken) }
  }
  return result as unknown as Settings
}

/** The settings with paths that `overlay` gave counted from the data folder. */
export function inFolder(settings: Settings, overlay: Overlay, folder: string): Settings {
  let paths: Overlay = {}
  for (const key of pathKeys) {
    const [section = '', name = ''] = key.split('.')
    const path = overlay[section]?.[name]
    if (typeof path === 'string' && path !== '') paths = changed(paths, key, resolve(folder, path))
  }
  return merged(settings, paths as unknown as Settings, paths)
}

/** With this value for the key; undefined takes it out. */
export function changed(overlay: Overlay, key: string, value: unknown): Overlay {
  const [section = '', name = ''] = key.split('.')
  const { [name]: _, ...others } = overlay[section] ?? {}
  if (value !== undefined) return { ...overlay, [section]: { ...others, [name]: value } }
  const { [section]: __, ...sections } = overlay
  return Object.keys(others).length > 0 ? { ...sections, [section]: others } : sections
}

/** The keys whose values are not alike. */
export function differing(one: Settings, other: Settings): readonly string[] {
  const keys = documentedKeys().map(({ key }) => key)
  return keys.filter((key) => !isDeepStrictEqual(valueAt(one, key), valueAt(other, key)))
}

export function valueAt(settings: Settings, key: string): unknown {
  const [section = '', name = ''] = key.split('.')
  return (settings as unknown as Overlay)[section]?.[name]
}
