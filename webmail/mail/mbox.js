// Many messages in one file: taken apart and put together, as mbox (RFC 4155) with quoted From lines.
// Knows bytes only.

const lineFeed = 10
const from = new TextEncoder().encode('From ')

/**
 * The messages of a file: one of a single message, or an mbox. @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Uint8Array<ArrayBuffer>[]}
 */
export function messagesOf(bytes) {
  if (!startsAt(bytes, 0)) return bytes.length > 0 ? [bytes] : []
  const starts = []
  for (let at = 0; at >= 0 && at < bytes.length; at = nextFrom(bytes, at)) starts.push(at)
  return starts
    .map((start, n) => {
      const head = bytes.indexOf(lineFeed, start) + 1
      return unquoted(
        bytes.subarray(head === 0 ? bytes.length : head, starts[n + 1] ?? bytes.length),
      )
    })
    .filter((message) => message.length > 0)
}

function startsAt(bytes, at) {
  return from.every((byte, n) => bytes[at + n] === byte)
}

/** The next "From " that begins a line after an empty one, or -1. */
function nextFrom(bytes, after) {
  for (let at = bytes.indexOf(lineFeed, after); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    const empty = bytes[at - 1] === lineFeed || (bytes[at - 1] === 13 && bytes[at - 2] === lineFeed)
    if (empty && startsAt(bytes, at + 1)) return at + 1
  }
  return -1
}

/** Without the line that ends it, and each ">From " as it was. */
function unquoted(message) {
  const text = latin(message)
    .replace(/^>(>*From )/gm, '$1')
    .replace(/\r?\n$/, '')
  return bytesOf(text)
}

/** @param {string} sender @param {string} receivedAt @param {Uint8Array} message */
export function mboxEntry(sender, receivedAt, message) {
  const [, day, month, date, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(receivedAt).toUTCString()) ?? []
  const head = `From ${sender || 'MAILER-DAEMON'} ${day} ${date} ${month?.padStart(2)} ${time} ${year}\n`
  const text = latin(message)
    .replaceAll('\r\n', '\n')
    .replace(/^(>*From )/gm, '>$1')
  return bytesOf(`${head}${text}${text.endsWith('\n') ? '' : '\n'}\n`)
}

/** Bytes as a text of as many signs, so that patterns find what they look for. */
function latin(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return text
}

function bytesOf(text) {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
}
