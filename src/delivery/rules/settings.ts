// What people set without writing a script: an absence, a forward, rules. Knows their words and
// what each may be; as records they are kept by the accounts room.
import { parseAddress } from '../../message/address.ts'

export const vacationKind = 'VacationResponse'
export const forwardKind = 'Forwarding'
export const ruleKind = 'Rule'
export const settingKinds: readonly string[] = [vacationKind, forwardKind, ruleKind]
/** The id of what there is one of. */
export const singleton = 'singleton'

export type Values = Readonly<Record<string, unknown>>

/** RFC 8621 §8 */
export interface VacationSetting {
  readonly isEnabled: boolean
  /** RFC 3339 in UTC, or null. */
  readonly fromDate: string | null
  readonly toDate: string | null
  readonly subject: string | null
  readonly textBody: string | null
  readonly htmlBody: string | null
}

export interface ForwardSetting {
  readonly isEnabled: boolean
  readonly addresses: readonly string[]
  /** Whether a copy stays. */
  readonly keepCopy: boolean
}

const subjectMaxChars = 255
const bodyMaxChars = 100_000
const addressesMax = 4

export const noVacation: VacationSetting = {
  ...{ isEnabled: false, fromDate: null, toDate: null },
  ...{ subject: null, textBody: null, htmlBody: null },
}

export const noForward: ForwardSetting = { isEnabled: false, addresses: [], keepCopy: true }

export function vacationIn(values: Values | undefined): VacationSetting {
  return { ...noVacation, ...(values as Partial<VacationSetting>) }
}

export function forwardIn(values: Values | undefined): ForwardSetting {
  return { ...noForward, ...(values as Partial<ForwardSetting>) }
}

/** Whether each value may be what it is, by its name. */
export const vacationForms: Readonly<Record<string, (value: unknown) => boolean>> = {
  isEnabled: isBoolean,
  fromDate: isDateOrNull,
  toDate: isDateOrNull,
  subject: isTextOrNull(subjectMaxChars),
  textBody: isTextOrNull(bodyMaxChars),
  htmlBody: isTextOrNull(bodyMaxChars),
}

export const forwardForms: Readonly<Record<string, (value: unknown) => boolean>> = {
  isEnabled: isBoolean,
  addresses: (value) =>
    Array.isArray(value) && value.length <= addressesMax && value.every(isAddress),
  keepCopy: isBoolean,
}

export function isAbsent({ isEnabled, fromDate, toDate }: VacationSetting, now: number): boolean {
  if (!isEnabled) return false
  if (fromDate !== null && now < Date.parse(fromDate)) return false
  return toDate === null || now < Date.parse(toDate)
}

export function isAddress(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length <= 320 &&
    value.includes('@') &&
    parseAddress(value, { smtpUtf8: true }) !== undefined
  )
}

export function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

/** RFC 8620 §1.4: a UTCDate. */
function isDateOrNull(value: unknown): boolean {
  if (value === null) return true
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/
  return typeof value === 'string' && form.test(value) && !Number.isNaN(Date.parse(value))
}

function isTextOrNull(maxChars: number) {
  return (value: unknown): boolean =>
    value === null ||
    (typeof value === 'string' && value.length <= maxChars && value.isWellFormed())
}
