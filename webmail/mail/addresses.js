// Addresses as people write them in a field, taken apart and put together. Knows no page.

/** "Ann <a@b>, c@d" taken apart. @param {string} text @returns {{name: string | null, email: string}[]} */
export function addresses(text) {
  const found = text.match(/(?:"(?:[^"\\]|\\.)*"|[^",;\n])+/g) ?? []
  return found
    .map((one) => {
      const [, name = '', email = ''] = /^\s*(.*?)\s*<([^<>]*)>\s*$/.exec(one) ?? [
        '',
        '',
        one.trim(),
      ]
      return { name: name.replace(/^"(.*)"$/, '$1') || null, email: email.trim() }
    })
    .filter(({ email }) => email !== '')
}

/** One as it is written in a field. @param {{name?: string | null, email: string}} address */
export function written({ name, email }) {
  const plain = name && addresses(`${name} <${email}>`).length === 1
  return name ? (plain ? `${name} <${email}>` : `"${name.replaceAll('"', '')}" <${email}>`) : email
}

/** @param {readonly any[] | null | undefined} list */
export function line(list) {
  return (list ?? []).map(written).join(', ')
}

/** @param {string} email */
export function isAddress(email) {
  return /^[^\s@<>"(),:;]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$|^"[^"]+"@[^\s@]+$|^[^\s@]+@\[[\d.:a-f]+\]$/iu.test(
    email,
  )
}

/** @param {string} email */
export function domainOf(email) {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase()
}

/** The address without what stands after "+" in it. @param {string} email */
export function untagged(email) {
  const at = email.lastIndexOf('@')
  return `${email.slice(0, at).replace(/\+.*$/, '')}${email.slice(at)}`.toLowerCase()
}
