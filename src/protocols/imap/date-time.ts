// Times as IMAP writes them: RFC 9051 §9 date-time, always in UTC.

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `"17-Jul-1996 02:44:25 +0000"`, with its quotes, of milliseconds since 1970. */
export function dateTimeText(ms: number): string {
  const date = new Date(ms)
  const day = String(date.getUTCDate()).padStart(2)
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  return `"${day}-${months[date.getUTCMonth()]}-${year} ${time} +0000"`
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}
