// The session object, RFC 8620 §2: what is spoken here, and where.
import { createHash } from 'node:crypto'
import { scriptLimits } from '../../delivery/script-limits.ts'
import * as names from './capabilities.ts'
import { blobLimits, collations, limits } from './limits.ts'
import { type Asker, mayAdminister } from './ports.ts'
import type { Access } from './sharing/access.ts'

const mailLimits = {
  maxMailboxesPerEmail: null,
  maxMailboxDepth: null,
  maxSizeMailboxName: 255,
  maxSizeAttachmentsPerEmail: 35_000_000,
  emailQuerySortOptions: [
    ...['receivedAt', 'sentAt', 'size', 'from', 'to', 'subject', 'hasKeyword'],
    ...['allInThreadHaveKeyword', 'someInThreadHaveKeyword'],
  ],
  mayCreateTopLevelMailbox: true,
}

/** For how long a message may be held, in seconds: RFC 8621 §1.3.2. */
export const delayedSendMax = 30 * 86_400

/** What each capability says of one's own account. */
function accountCapabilities(account: string, isAdmin: boolean): Readonly<Record<string, object>> {
  return {
    [names.mail]: mailLimits,
    [names.submission]: {
      maxDelayedSend: delayedSendMax,
      submissionExtensions: { FUTURERELEASE: [] },
    },
    [names.vacation]: {},
    [names.sieve]: {
      maxSizeScriptName: scriptLimits.nameMaxBytes,
      maxSizeScript: scriptLimits.sizeMaxBytes,
      maxNumberScripts: scriptLimits.countMax,
      maxNumberRedirects: scriptLimits.redirectsMax,
      sieveExtensions: scriptLimits.extensions,
      notificationMethods: ['mailto'],
      externalLists: null,
    },
    [names.mdn]: {},
    [names.quota]: {},
    [names.blob]: blobLimits,
    [names.contacts]: { maxAddressBooksPerCard: null, mayCreateAddressBook: true },
    // RFC 9670 §1.5
    [names.principals]: { currentUserPrincipalId: account },
    [names.principalsOwner]: { accountIdForPrincipal: account, principalId: account },
    [names.mailShare]: {},
    [names.vendor]: {},
    ...(isAdmin ? { [names.administration]: {} } : {}),
  }
}

/** An account as the session tells of it: one's own, or one with mailboxes that are shared. */
export function accountObject(asker: Asker, access: Access): object {
  const { login } = asker
  const { account, owner, isOwn, isReadOnly } = access
  const owned = { accountIdForPrincipal: login.account, principalId: account }
  return {
    name: isOwn ? login.address : owner,
    ...{ isPersonal: isOwn, isReadOnly },
    accountCapabilities: isOwn
      ? accountCapabilities(account, mayAdminister(asker))
      : {
          [names.mail]: { ...mailLimits, mayCreateTopLevelMailbox: false },
          [names.principalsOwner]: owned,
        },
  }
}

/** What there is, in the order of this server. */
export function spoken(isAdmin = false): readonly string[] {
  const own = Object.keys(accountCapabilities('', isAdmin))
  return [names.core, socketCapability, names.webPush, ...own]
}

export interface Session {
  readonly state: string
}

export interface SessionFacts {
  /** What push services know us by. */
  readonly pushKey: string
  /** The accounts that are open, one's own first. */
  readonly accesses: readonly Access[]
}

export function sessionOf(asker: Asker, base: string, facts: SessionFacts): Session {
  const { login } = asker
  const { pushKey, accesses } = facts
  const of = accountCapabilities(login.account, mayAdminister(asker))
  const session = {
    capabilities: {
      [names.core]: { ...limits, collationAlgorithms: collations },
      ...Object.fromEntries(Object.keys(of).map((name) => [name, {}])),
      // RFC 9661 §1.3
      [names.sieve]: { implementation: 'Amplop' },
      // RFC 9749 §3
      [names.webPush]: { applicationServerKey: pushKey },
      // RFC 8887 §3.1
      [socketCapability]: { url: `${base.replace(/^http/, 'ws')}/jmap/ws`, supportsPush: true },
    },
    accounts: Object.fromEntries(
      accesses.map((access) => [access.account, accountObject(asker, access)]),
    ),
    primaryAccounts: Object.fromEntries(
      [names.core, ...Object.keys(of)].map((name) => [name, login.account]),
    ),
    username: login.address,
    apiUrl: `${base}/jmap/api`,
    downloadUrl: `${base}/jmap/download/{accountId}/{blobId}/{name}?type={type}`,
    uploadUrl: `${base}/jmap/upload/{accountId}`,
    eventSourceUrl: `${base}/jmap/events?types={types}&closeafter={closeafter}&ping={ping}`,
  }
  return { ...session, state: stateOf(session) }
}

const socketCapability = 'urn:ietf:params:jmap:websocket'

function stateOf(session: object): string {
  return createHash('sha256').update(JSON.stringify(session)).digest('hex').slice(0, 16)
}
