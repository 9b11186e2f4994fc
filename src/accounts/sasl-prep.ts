// How SCRAM's two sides write a password alike: RFC 4013, SASLprep. Knows no passwords.

/** RFC 3454 §C.1.2: spaces that are not ASCII's. */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
/** RFC 3454 §B.1: commonly mapped to nothing. */
const nothings =
  /\u034f|[\u00ad\u1806\u2060\ufeff]|[\u180b-\u180d]|[\u200c\u200d]|[\ufe00-\ufe0f]/gu
/** RFC 3454 §C.2 to §C.9: controls, private use, no characters, surrogates, changes of display. */
const prohibited = /[\p{Cc}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}\p{Bidi_Control}\ufff9-\ufffd]/u

/** undefined: it has characters that no password in SCRAM may have. */
export function saslPrep(password: string): string | undefined {
  const text = password.replace(spaces, ' ').replace(nothings, '').normalize('NFKC')
  return text === '' || prohibited.test(text) ? undefined : text
}
