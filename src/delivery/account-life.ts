// How an account begins and ends with its mail: the rooms below, each with its part, in one job.

import { closeAccount, type NewAccount, openAccount } from '../accounts/account-jobs.ts'
import type { AccountLife } from '../accounts/accounts.ts'
import { closeMailAccount, openMailAccount } from '../mailbox/account-work.ts'
import { forgetReader } from '../mailbox/rights-jobs.ts'
import { writing } from '../store/sql.ts'
import { dropMarks } from './mark-jobs.ts'
import { dropScripts } from './script-jobs.ts'
import { forgetAccount } from './spam/spam-jobs.ts'

const open = writing('delivery.open-account', function* (args: NewAccount) {
  const { id, quotaMessages, quotaBytes, at } = args
  yield* openAccount(args)
  yield* openMailAccount({ account: id, quotaMessages, quotaBytes, at })
})

const close = writing('delivery.close-account', function* ({ account }: { account: string }) {
  if (!(yield* closeMailAccount(account))) return false
  if (yield* forgetAccount(account)) return false
  yield* dropScripts(account)
  yield* dropMarks(account)
  const address = yield* closeAccount(account)
  if (address !== undefined) yield* forgetReader(address)
  return true
})

export const accountLife: AccountLife = { open, close }
