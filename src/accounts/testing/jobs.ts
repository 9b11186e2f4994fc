// An account's life without other rooms, for the tests of the directory.
import { writing } from '../../store/sql.ts'
import { closeAccount, type NewAccount, openAccount } from '../account-jobs.ts'
import type { AccountLife } from '../accounts.ts'

export const open = writing('testing.open-account', function* (args: NewAccount) {
  yield* openAccount(args)
})

export const close = writing('testing.close-account', function* (args: { account: string }) {
  yield* closeAccount(args.account)
  return true
})

export const life: AccountLife = { open, close }
