// The names of what is spoken here, and what the session says of each.

export const core = 'urn:ietf:params:jmap:core'
export const mail = 'urn:ietf:params:jmap:mail'
export const submission = 'urn:ietf:params:jmap:submission'
export const vacation = 'urn:ietf:params:jmap:vacationresponse'
export const sieve = 'urn:ietf:params:jmap:sieve'
export const quota = 'urn:ietf:params:jmap:quota'
export const blob = 'urn:ietf:params:jmap:blob'
export const contacts = 'urn:ietf:params:jmap:contacts'
export const webPush = 'urn:ietf:params:jmap:webpush-vapid'
export const principals = 'urn:ietf:params:jmap:principals'
export const principalsOwner = 'urn:ietf:params:jmap:principals:owner'
export const mailShare = 'urn:ietf:params:jmap:mail:share'
export const mdn = 'urn:ietf:params:jmap:mdn'
export const vendor = 'urn:amplop:jmap'
/** Of who administers the server, and of nobody else. */
export const administration = 'urn:amplop:jmap:admin'

export const capabilities: readonly string[] = [
  ...[core, mail, submission, vacation, sieve, quota, blob, contacts, principals, mdn, vendor],
]
