// Dates of header fields, RFC 5322 §3.3 and §4.3: lenient in, strict out. Knows no clock.

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
// RFC 5322 §4.3; every other name, and a military letter, is zone 0.
const zones: ReadonlyMap<string, number> = new Map([
  ['edt', -240],
  ['est', -300],
  ['cdt', -300],
  ['cst', -360],
  ['mdt', -360],
  ['mst', -420],
  ['pdt', -420],
  ['pst', -480],
])

interface Parts {
  numbers: string[]
  month: number
  time: string
  /** Minutes east of Greenwich. */
  zone: number
}

/** Milliseconds since 1970, or null where the text is no date. Takes asctime and ISO order too. */
export function parseDate(raw: string): number | null {
  const parts: Parts = { numbers: [], month: -1, time: '', zone: 0 }
  const text = raw.slice(0, 200).replace(/\([^()]*\)/g, ' ')
  const iso = /^\s*(\d{4})-(\d\d)-(\d\d)[T ](.*)$/s.exec(text)
  if (iso) parts.month = Number(iso[2]) - 1
  const words = (iso ? `${iso[3]} ${iso[1]} ${iso[4]}` : text).split(/[\s,]+/)
  for (const word of words) readWord(word, parts)
  const time = /^(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,]\d+)?)?$/.exec(parts.time)
  const [day, year] = dayAndYear(parts.numbers)
  if (!time || parts.month < 0 || parts.month > 11 || day < 1 || day > 31) return null
  const [hour, minute, second] = [Number(time[1]), Number(time[2]), Number(time[3] ?? 0)]
  if (Number.isNaN(year) || hour > 24 || minute > 59 || second > 60) return null
  return Date.UTC(year, parts.month, day, hour, minute, second) - parts.zone * 60_000
}

function readWord(word: string, parts: Parts): void {
  const name = word.toLowerCase()
  const month = months.indexOf(name.slice(0, 3))
  if (/^\d{1,2}-[a-z]{3}-\d{2,4}$/.test(name)) {
    for (const piece of name.split('-')) readWord(piece, parts)
  } else if (/^\d{1,4}$/.test(name)) parts.numbers.push(name)
  else if (/^\d{1,2}[:.]\d/.test(name)) readTime(name, parts)
  else if (month >= 0 && parts.month < 0 && /^[a-z]+\.?$/.test(name)) parts.month = month
  else readZone(name, parts)
}

/** "16:15:05", with a zone stuck to it in some mail: "16:15:05Z", "16:15:05+0200". */
function readTime(text: string, parts: Parts): void {
  const end = text.search(/[^\d:.]/)
  parts.time ||= end < 0 ? text : text.slice(0, end)
  if (end >= 0) readZone(text.slice(end), parts)
}

function readZone(text: string, parts: Parts): void {
  const offset = /^(?:gmt|utc?)?([+-])(\d\d):?(\d\d)/.exec(text)
  if (offset) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3])
    parts.zone = offset[1] === '-' ? -minutes : minutes
  } else parts.zone = zones.get(text) ?? parts.zone
}

/** Day first, but a first number of four digits is the year. RFC 5322 §4.3 for short years. */
function dayAndYear(numbers: readonly string[]): [number, number] {
  const [one = '', two = ''] = numbers
  const [day, year] = one.length === 4 ? [two, one] : [one, two]
  if (year === '') return [Number(day), Number.NaN]
  const value = Number(year)
  if (year.length <= 2) return [Number(day), value < 50 ? 2000 + value : 1900 + value]
  return [Number(day), year.length === 3 ? 1900 + value : value]
}

/** RFC 5322 §3.3 at zone +0000: "Fri, 21 Nov 1997 09:55:06 +0000". */
export function formatDate(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const month = months[date.getUTCMonth()]!
  const day = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())}`
  const name = month[0]!.toUpperCase() + month.slice(1)
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `${day} ${name} ${year} ${time} +0000`
}
