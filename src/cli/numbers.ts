// Numbers as people type them.
import { Misused } from './command.ts'

/** @throws Misused naming the option. */
export function wholeNumber(
  option: string,
  text: string,
  [min, max] = [0, Number.MAX_SAFE_INTEGER],
): number {
  const value = Number(text)
  if (/^\d{1,16}$/.test(text) && value >= min && value <= max) return value
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `from ${min} to ${max}`
  throw new Misused(`${option} must be a whole number ${range}, not "${text}"`)
}

const powers = ['', 'K', 'M', 'G', 'T']

/** "500M" in bytes; K, M, G, T are powers of 1,024. @throws Misused naming the option. */
export function sizeBytes(option: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,10})([KMGT]?)(?:i?B)?$/i.exec(text) ?? []
  const bytes = Number(digits) * 1024 ** powers.indexOf(unit.toUpperCase())
  if (digits !== '' && Number.isSafeInteger(bytes)) return bytes
  throw new Misused(`${option} must be a size as 500M or 2G, or 0 for no limit, not "${text}"`)
}
