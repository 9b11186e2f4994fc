// What the server knows of the delivery of what was sent from here. Knows no page.

/** By the emails' ids. @param {any} jmap @param {readonly any[]} emails that lie in Sent */
export async function fatesOf(jmap, emails) {
  const fates = new Map()
  if (emails.length === 0) return fates
  const emailIds = emails.map(({ id }) => id)
  const ids = { resultOf: '0', name: 'EmailSubmission/query', path: '/ids' }
  const [, found] = await jmap.call([
    ['EmailSubmission/query', { filter: { emailIds } }],
    ['EmailSubmission/get', { '#ids': ids, properties: ['emailId', 'deliveryStatus'] }],
  ])
  for (const { emailId, deliveryStatus } of found.list) {
    const each = Object.entries(deliveryStatus ?? {})
    fates.set(
      emailId,
      each.map(([email, fate]) => ({ email, .../** @type {object} */ (fate) })),
    )
  }
  return fates
}
