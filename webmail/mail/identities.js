// As whom one writes: one's identities, and which of them a letter came to. Knows no page.
import { untagged } from './addresses.js'

/** @typedef {{id: string, name: string, email: string, replyTo: any, textSignature: string, htmlSignature: string}} Identity */

/** @param {any} jmap @returns {Promise<Identity[]>} one's own address first */
export async function identitiesOf(jmap) {
  const [answer] = await jmap.call([['Identity/get', { ids: null }]])
  const first = ({ id }) => (id === 'own' ? 0 : 1)
  return answer.list.sort((a, b) => first(a) - first(b) || a.email.localeCompare(b.email))
}

/**
 * Whom an answer is from: the identity that the letter came to, and the address as it was written
 * there, with what stands after "+". @param {any} email @param {readonly Identity[]} identities
 */
export function writerFor(email, identities) {
  const reached = [...(email.to ?? []), ...(email.cc ?? []), ...(email.bcc ?? [])]
  const delivered = (email['header:Delivered-To:asAddresses:all'] ?? []).flat()
  for (const { email: address } of [...reached, ...delivered]) {
    const exact = identities.find((each) => each.email.toLowerCase() === address.toLowerCase())
    if (exact) return { identity: exact, email: exact.email }
    const tagged = identities.find((each) => each.email.toLowerCase() === untagged(address))
    if (tagged) return { identity: tagged, email: address }
  }
  return undefined
}

/** Whether an address is one's own. @param {readonly Identity[]} identities @param {string} address */
export function isOwn(identities, address) {
  return identities.some(({ email }) => email.toLowerCase() === untagged(address))
}
