// The server itself, for who administers it: log, numbers, DNS, certificate, settings, backups.
import type { Json } from '../args.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, MethodError, SetFailure } from '../errors.ts'
import type { AdminType } from './admin-type.ts'
import { idOf } from './ask.ts'
import { domainType } from './directory.ts'
import type { AdminServer, AdminSetting } from './types.ts'

/** As the admin routes tell it. */
interface SettingLike extends Omit<AdminSetting, 'id' | 'isLive'> {
  readonly live: boolean
}

const weights = { info: 1, warn: 2, error: 3 } as const

/** The newest last. Filter: `after` an id, least `level`, and `text`. */
export const logEntryType: AdminType = {
  name: 'LogEntry',
  properties: ['id', 'at', 'level', 'event', 'fields'],
  searched: ['event', 'fields'],
  list: async ({ admin, args }) => {
    const { after = '', level = 'info', text: _, ...more } = args.object('filter') ?? {}
    const [strange] = Object.keys(more)
    if (strange !== undefined) throw new MethodError('unsupportedFilter', strange.slice(0, 100))
    const least = weights[level as keyof typeof weights] ?? 1
    return admin
      .log()
      .filter((line) => line.id > String(after) && weights[line.level] >= least)
      .map((line) => ({ ...line }))
  },
}

export const metricSeriesType: AdminType = {
  name: 'MetricSeries',
  properties: ['id', 'everyMs', 'until', 'points'],
  list: async ({ admin }) => admin.series().map((series) => ({ ...series })),
}

/** A domain's last check, in the language of the argument `language`. */
export const dnsCheckType: AdminType = {
  name: 'DnsCheck',
  properties: ['id', 'domain', 'checkedAt', 'isChecking', 'findings', 'records'],
  list: async (asked) =>
    (await domainType.list(asked)).map(({ id, name }) => ({ id, domain: name })),
  whole: async ({ id, domain }, { admin, args }) => {
    const language = args.stringOr('language', 'en')
    return { id, ...(await admin.dns(String(domain), language, false)) }
  },
  /** `{"isChecking": true}` begins one. */
  update: async ({ domain }, { isChecking, ...more }, { admin }) => {
    if (isChecking !== true || Object.keys(more).length > 0) throw invalidProperties(['isChecking'])
    await admin.dns(String(domain), 'en', true)
    return null
  },
}

export const certificateType: AdminType = {
  name: 'Certificate',
  properties: [...['id', 'names', 'issuer', 'notBefore', 'notAfter', 'isCertified', 'refusal']],
  list: async ({ admin }) => {
    const found = admin.certificate()
    return found ? [{ ...found }] : []
  },
}

export const settingType: AdminType = {
  name: 'Setting',
  properties: ['id', 'key', 'value', 'stored', 'from', 'isLive', 'pending'],
  searched: ['key'],
  list: async ({ read }) =>
    ((await read('/settings')) as readonly SettingLike[]).map(
      ({ key, value, stored, from, live, pending }) =>
        ({
          ...{ id: idOf(key), key, from, pending, isLive: live },
          ...{ value: shown(key, value), stored: shown(key, stored) },
        }) satisfies AdminSetting,
    ),
  /** `{"value": "as typed"}`, or null for what the file or the default says. */
  update: async ({ key }, { value, ...more }, { change }) => {
    if (ofMachine.test(String(key)))
      throw new SetFailure('forbidden', 'that is for the settings file or `amplop config`')
    const fits = value === null || typeof value === 'string'
    if (!fits || Object.keys(more).length > 0) throw invalidProperties(['value'])
    const path = `/settings/${String(key)}`
    await (value === null ? change('DELETE', path) : change('PUT', path, { value }))
    return null
  },
}

/** What names programs and places of the machine: who administers mail is not who owns it. */
const ofMachine = /^(?:transform|hooks|milter|log|access_log|backup|store|tls|acme)\.|command/

const secret = /(?:secret|token|password)$/

/** What is a secret in the file is none for a page. */
function shown(key: string, value: unknown): unknown {
  return secret.test(key) && value !== '' ? '***' : value
}

export const backupType: AdminType = {
  name: 'BackupJob',
  properties: [
    ...['id', 'state', 'folder', 'startedAt', 'finishedAt', 'bytes', 'copiedBytes', 'failure'],
  ],
  list: async ({ admin }) => (await admin.backups.list()).map((job) => ({ ...job })),
  create: async (value, { admin }) => {
    if (Object.keys(value).length > 0) throw invalidProperties(Object.keys(value))
    return { id: await admin.backups.start(), state: 'running' }
  },
}

export const serverType: AdminType = {
  name: 'Server',
  properties: ['id', 'name', 'version', 'since', 'isReady', 'backupFolder', 'status'],
  list: async ({ read, admin }) => {
    const { name, version, since, ready, ...status } = (await read('/status')) as Json
    return [
      {
        ...{ id: 'singleton', name: String(name), version: String(version) },
        ...{ since: utc(Number(since)), isReady: ready === true, status },
        backupFolder: admin.backups.folder(),
      } satisfies AdminServer,
    ] as unknown as readonly Json[]
  },
}
