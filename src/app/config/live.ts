// The settings as they are in force, and every change of them while the server runs: judged whole,
// on disk first, in force then. What needs a restart is kept and said to wait for it.
import { isDeepStrictEqual } from 'node:util'
import type { Log } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import type { SettingState } from '../../protocols/admin/ports.ts'
import { changed, inFolder, merged, parsedValue, shown, valueAt } from './key-values.ts'
import { documentedKeys, fileOnlyKeys, liveKeys } from './keys.ts'
import { overlayFile, overlayOf, overlaySource, writeOverlay } from './overlay-file.ts'
import { contradictionsIn, keysIn, type Overlay, parsePart, settingsOf } from './read.ts'
import type { Settings } from './schema.ts'

export type { SettingState }

/** The settings that are not to be changed by command: a file's, or a program's own. */
export interface SettingsSource {
  /** "" where there is none. */
  readonly file: string
  /** As the file says now. @throws BadConfig; Error when it cannot be read. */
  read(): Given
}

export interface Given {
  readonly settings: Settings
  /** The keys that are set in it; the others are defaults. */
  readonly keys: ReadonlySet<string>
}

/** Everything that decides, as it is on disk. */
interface OnDisk {
  readonly given: Given
  readonly overlay: Overlay
  readonly overlaid: ReadonlySet<string>
  readonly settings: Settings
}

interface Ports {
  readonly source: SettingsSource
  /** The data folder. */
  readonly folder: string
  readonly log: Log
}

export class LiveSettings {
  readonly #ports: Ports
  readonly #started: Settings
  #current: Settings
  readonly #followers: ((settings: Settings) => () => void)[] = []

  /** @throws BadConfig; Error when a file cannot be read. */
  constructor(ports: Ports) {
    this.#ports = ports
    const { settings, given, overlaid } = this.#onDisk()
    this.#started = settings
    this.#current = settings
    for (const key of overlaid) this.#warnIfHidden(key, given, settings)
  }

  /** In force now. */
  get current(): Settings {
    return this.#current
  }

  /** An object that is always what `make` makes of the settings in force. `make` only reads. */
  derive<T extends object>(make: (settings: Settings) => T): T {
    const view = make(this.#current)
    this.#followers.push((settings) => {
      const next = make(settings)
      return () => Object.assign(view, next)
    })
    return view
  }

  /** Runs `take` now and after each change. */
  watch(take: (settings: Settings) => void): void {
    take(this.#current)
    this.#followers.push((settings) => () => take(settings))
  }

  /** Every setting: what is in force, what is on disk, where that is from. */
  list(): readonly SettingState[] {
    const disk = this.#readable()
    return documentedKeys().map(({ key }) => this.#stateOf(key, disk))
  }

  /** @throws Refused */
  get(key: string): SettingState {
    return this.#stateOf(known(key), this.#readable())
  }

  /** @throws Refused 'bad-value', 'not-found', 'storage-failed': then nothing has changed. */
  set(key: string, text: string): SettingState {
    this.#change(settable(key), parsedValue(key, text))
    return this.get(key)
  }

  /** Takes back what was set: the settings file or the default counts again. @throws Refused */
  unset(key: string): SettingState {
    this.#change(settable(key), undefined)
    return this.get(key)
  }

  /** Reads the files anew: all of it, or with a mistake in them nothing. @throws Refused */
  reload(): readonly SettingState[] {
    const before = this.#current
    this.#apply(this.#readable().settings, 'reload')
    return this.list().filter(
      ({ key, pending }) =>
        pending !== '' || !isDeepStrictEqual(valueAt(before, key), valueAt(this.#current, key)),
    )
  }

  #change(key: string, value: unknown): void {
    const { folder } = this.#ports
    const { given, overlay } = this.#readable()
    const next = changed(overlay, key, value)
    const settings = this.#judged(given.settings, next)
    try {
      writeOverlay(folder, next)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new Refused('storage-failed', `${overlayFile(folder)} could not be written: ${why}`)
    }
    this.#apply(settings, value === undefined ? 'config unset' : 'config set')
  }

  /** @throws Refused naming all that is wrong. */
  #judged(base: Settings, overlay: Overlay): Settings {
    const set = settingsOf(overlay)
    const settings = Array.isArray(set) ? undefined : merged(base, set as Settings, overlay)
    const placed = settings && inFolder(settings, overlay, this.#ports.folder)
    const wrong = placed ? contradictionsIn(placed) : (set as readonly string[])
    if (!placed || wrong.length > 0) throw new Refused('bad-value', wrong.join('; '))
    return placed
  }

  /** What of it may be in force without a restart comes in force. */
  #apply(settings: Settings, by: string): void {
    const before = this.#current
    const next = onlyLive(this.#started, settings)
    const steps = this.#followers.map((follow) => follow(next))
    this.#current = next
    for (const step of steps) step()
    for (const key of liveKeys) {
      const [from, to] = [valueAt(before, key), valueAt(next, key)]
      if (isDeepStrictEqual(from, to)) continue
      const told = { from: shown(key, from), to: shown(key, to) }
      this.#ports.log.info('setting changed', { key, ...told, by })
    }
  }

  /** @throws BadConfig; Error when a file cannot be read. */
  #onDisk(): OnDisk {
    const { source, folder } = this.#ports
    const given = source.read()
    const file = overlayFile(folder)
    const text = overlaySource(folder)
    parsePart(text, file)
    const overlay = overlayOf(text)
    const overlaid = keysIn(text, file)
    for (const key of overlaid)
      if (fileOnlyKeys.has(key)) throw new Error(`${file}: ${key} is set in the settings file only`)
    try {
      const settings = this.#judged(given.settings, overlay)
      return { given, overlay, overlaid, settings }
    } catch (error) {
      throw error instanceof Refused ? new Error(`${file}: ${error.message}`) : error
    }
  }

  /** The same, told to who asked. @throws Refused */
  #readable(): OnDisk {
    try {
      return this.#onDisk()
    } catch (error) {
      if (error instanceof Error) throw new Refused('bad-value', error.message)
      throw error
    }
  }

  #stateOf(key: string, { given, overlaid, settings }: OnDisk): SettingState {
    const [value, stored] = [valueAt(this.#current, key), valueAt(settings, key)]
    const live = liveKeys.has(key)
    const waits = !isDeepStrictEqual(value, stored)
    const below = valueAt(given.settings, key)
    const hides = overlaid.has(key) && given.keys.has(key) && !isDeepStrictEqual(below, stored)
    const fromFile = given.keys.has(key) ? 'file' : 'default'
    return {
      key,
      value: shown(key, value),
      stored: shown(key, stored),
      from: overlaid.has(key) ? 'set' : fromFile,
      live,
      pending: waits ? (live ? 'reload' : 'restart') : '',
      hides: hides ? shown(key, below) : undefined,
    }
  }

  #warnIfHidden(key: string, given: Given, settings: Settings): void {
    const [below, value] = [valueAt(given.settings, key), valueAt(settings, key)]
    if (!given.keys.has(key) || isDeepStrictEqual(below, value)) return
    const told = { key, value: shown(key, value), file: shown(key, below) }
    this.#ports.log.warn('setting differs from its file', told)
  }
}

/** @throws Refused */
function known(key: string): string {
  if (documentedKeys().some((one) => one.key === key)) return key
  throw new Refused('not-found', `setting "${key}": amplop config list has all`)
}

/** @throws Refused */
function settable(key: string): string {
  if (!fileOnlyKeys.has(known(key))) return key
  throw new Refused('bad-value', `${key} is set in the settings file only, and needs a restart`)
}

/** `started`, with the values of `wanted` where no restart is needed. */
function onlyLive(started: Settings, wanted: Settings): Settings {
  let live: Overlay = {}
  for (const key of liveKeys) live = changed(live, key, valueAt(wanted, key))
  return merged(started, wanted, live)
}
