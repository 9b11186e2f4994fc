// The parts of a date that a script may ask for: RFC 5260 §4.2. Knows no clock.
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** "+0530" in minutes; undefined for what is no zone. */
export function zoneMinutes(text: string): number | undefined {
  const found = /^([+-])(\d\d)(\d\d)$/.exec(text)
  if (!found || Number(found[3]) > 59) return undefined
  const minutes = Number(found[2]) * 60 + Number(found[3])
  return found[1] === '-' ? -minutes : minutes
}

/** undefined for a part that there is not. `zone` in minutes east of Greenwich. */
export function datePart(ms: number, zone: number, part: string): string | undefined {
  const date = new Date(ms + zone * 60_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  const [month, day] = [two(date.getUTCMonth() + 1), two(date.getUTCDate())]
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two)
  const [hour = '', minute = '', second = ''] = clock
  const sign = zone < 0 ? '-' : '+'
  const offset = [two(Math.floor(Math.abs(zone) / 60)), two(Math.abs(zone) % 60)]
  const plainZone = `${sign}${offset.join('')}`
  const parts: Readonly<Record<string, string>> = {
    ...{ year, month, day, hour, minute, second, date: `${year}-${month}-${day}` },
    julian: String(Math.floor((ms + zone * 60_000) / 86_400_000) + 40_587),
    time: clock.join(':'),
    iso8601: `${year}-${month}-${day}T${clock.join(':')}${sign}${offset.join(':')}`,
    std11: `${days[date.getUTCDay()]}, ${day} ${months[date.getUTCMonth()]} ${year} ${clock.join(':')} ${plainZone}`,
    zone: plainZone,
    weekday: String(date.getUTCDay()),
  }
  const wanted = part.toLowerCase()
  return Object.hasOwn(parts, wanted) ? parts[wanted] : undefined
}
