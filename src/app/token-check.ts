// Makes the check of bearer tokens, where the settings name one.
import { readFileSync } from 'node:fs'
import { TokenCheck } from '../accounts/token-check.ts'
import type { Settings } from './config/schema.ts'

/** @throws Error when the file with the secret cannot be read. */
export function tokenCheckOf({ accounts }: Settings): { readonly tokenCheck?: TokenCheck } {
  const { token_check_url: url, token_check_secret_file: file } = accounts
  if (url === '') return {}
  const tokenCheck = new TokenCheck({
    url,
    clientId: accounts.token_check_client,
    clientSecret: file === '' ? '' : (readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? ''),
    claim: accounts.token_check_claim,
    scope: accounts.token_check_scope,
    timeoutMs: accounts.token_check_timeout_ms,
    now: Date.now,
  })
  return { tokenCheck }
}
