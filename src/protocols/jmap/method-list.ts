// Every method there is. A new one is here, or it is not.
import { adminMethods } from './administration/admin-type.ts'
import { accountType, aliasType, domainType } from './administration/directory.ts'
import { queueItemType, traceType } from './administration/flow.ts'
import {
  backupType,
  certificateType,
  dnsCheckType,
  logEntryType,
  metricSeriesType,
  serverType,
  settingType,
} from './administration/house.ts'
import type { Method } from './call.ts'
import { activityMethods } from './methods/activity-entry.ts'
import { blobCopy } from './methods/blob-copy.ts'
import { blobGet } from './methods/blob-get.ts'
import { blobLookup } from './methods/blob-lookup.ts'
import { blobUpload } from './methods/blob-upload.ts'
import { contactMethods } from './methods/contacts.ts'
import { coreEcho } from './methods/core-echo.ts'
import { credentialMethods } from './methods/credentials.ts'
import { bulkMethods } from './methods/email-bulk.ts'
import { emailChanges } from './methods/email-changes.ts'
import { emailCopy } from './methods/email-copy.ts'
import { emailGet } from './methods/email-get.ts'
import { emailImport } from './methods/email-import.ts'
import { emailOriginGet } from './methods/email-origin.ts'
import { emailParse } from './methods/email-parse.ts'
import { emailQuery } from './methods/email-query.ts'
import { emailQueryChanges } from './methods/email-query-changes.ts'
import { emailSet } from './methods/email-set.ts'
import { identityMethods } from './methods/identity.ts'
import { mailboxChanges } from './methods/mailbox-changes.ts'
import { mailboxGet } from './methods/mailbox-get.ts'
import { mailboxQuery } from './methods/mailbox-query.ts'
import { mailboxQueryChanges } from './methods/mailbox-query-changes.ts'
import { mailboxSet } from './methods/mailbox-set.ts'
import { mdnMethods } from './methods/mdn.ts'
import { preferenceMethods } from './methods/preferences.ts'
import { principalMethods } from './methods/principal.ts'
import { pushMethods } from './methods/push-subscription.ts'
import { quotaGet } from './methods/quota-get.ts'
import { ruleMethods } from './methods/rule.ts'
import { searchSnippetGet } from './methods/search-snippet-get.ts'
import { shareNotificationMethods } from './methods/share-notification.ts'
import { sieveMethods } from './methods/sieve-script.ts'
import { snoozeMethods } from './methods/snooze.ts'
import { submissionChanges } from './methods/submission-changes.ts'
import { submissionGet } from './methods/submission-get.ts'
import { submissionQuery, submissionQueryChanges } from './methods/submission-query.ts'
import { submissionSet } from './methods/submission-set.ts'
import { threadChanges } from './methods/thread-changes.ts'
import { threadGet } from './methods/thread-get.ts'
import { twoFactorMethods } from './methods/two-factor.ts'
import { forwardMethods, vacationMethods } from './methods/vacation-response.ts'

export const methods: readonly Method[] = [
  ...[...mdnMethods, ...principalMethods, ...shareNotificationMethods],
  ...[coreEcho, ...pushMethods, blobCopy, blobUpload, blobGet, blobLookup, quotaGet],
  ...[mailboxGet, mailboxChanges, mailboxQuery, mailboxQueryChanges, mailboxSet],
  ...[threadGet, threadChanges],
  ...[emailGet, emailChanges, emailQuery, emailQueryChanges, emailSet, emailImport],
  ...[emailParse, emailCopy, emailOriginGet, searchSnippetGet],
  ...[...identityMethods, ...contactMethods, ...preferenceMethods, ...credentialMethods],
  ...[...activityMethods, ...bulkMethods, ...snoozeMethods, ...twoFactorMethods],
  ...[...vacationMethods, ...forwardMethods, ...ruleMethods, ...sieveMethods],
  ...[accountType, domainType, aliasType, queueItemType, traceType].flatMap(adminMethods),
  ...[serverType, logEntryType, metricSeriesType, dnsCheckType].flatMap(adminMethods),
  ...[certificateType, settingType, backupType].flatMap(adminMethods),
  ...[submissionGet, submissionChanges, submissionQuery, submissionQueryChanges, submissionSet],
]
