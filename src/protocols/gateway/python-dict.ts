// A Python dict as str() writes it, {'key': "it's", 'other': None}, read as if it were JSON. Knows
// nothing of mail. Strings are taken whole, so an apostrophe inside one is never rewritten.

const tokens =
  /'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|\b(True|False|None)\b/g
const escapes = /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[\s\S])/g
const letters: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
  '\n': '',
}
const words: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' }

/** Longer ones are left alone: only hand-made clients write them, and those write little. */
const lengthMax = 1024 * 1024

/** Whether `text` begins as a dict with single-quoted keys does. */
export function looksLikePython(text: string): boolean {
  return /^\s*\{\s*'/.test(text) && text.length <= lengthMax
}

/** @throws SyntaxError when it is no dict of plain values either. */
export function parsePython(text: string): unknown {
  return JSON.parse(
    text.replace(tokens, (_, single?: string, double?: string, word?: string) =>
      word !== undefined ? words[word]! : JSON.stringify(unescaped(single ?? double ?? '')),
    ),
  )
}

function unescaped(text: string): string {
  return text.replace(escapes, (whole, said: string) => {
    if (said.length === 1) return letters[said] ?? (/[\\'"]/.test(said) ? said : whole)
    const point = Number.parseInt(said.slice(1), 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd'
  })
}
