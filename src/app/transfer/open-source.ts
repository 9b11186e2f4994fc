// Finds out what a source is: an IMAP account, a Maildir, an mbox, a folder of these.
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { carriedMaxBytes } from '../../protocols/admin/mail.ts'
import { ImapAccount } from './imap-account.ts'
import { ImapClient } from './imap-client.ts'
import { imapSource } from './imap-source.ts'
import { maildirSource } from './maildir.ts'
import { isMbox, mboxSource } from './mbox.ts'
import type { Source } from './source.ts'

export function isImap(from: string): boolean {
  return /^imaps?:\/\//i.test(from)
}

/** @throws Error in a person's words for what is none of them */
export async function openSource(from: string, password: string): Promise<Source> {
  if (isImap(from)) return imapAccount(from, password)
  const path = resolve(from)
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new Error(`there is no ${from}`)
  if (found.isDirectory())
    return ['cur', 'new'].some((part) => existsSync(join(path, part)))
      ? maildirSource(path, carriedMaxBytes)
      : mboxSource(path, carriedMaxBytes)
  if (await isMbox(path)) return mboxSource(path, carriedMaxBytes)
  throw new Error(`${from} is no mbox: its first line does not begin with "From "`)
}

async function* imapAccount(from: string, password: string): Source {
  const url = urlOf(from)
  const tls = url.protocol === 'imaps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = Number(url.port || (tls ? 993 : 143))
  const user = decodeURIComponent(url.username)
  if (user === '') throw new Error(`${from} names no user: imaps://USER@HOST/`)
  const dial = async () => {
    const client = await ImapClient.open({ host, port, tls }, carriedMaxBytes)
    try {
      await client.login(user, password)
      return client
    } catch (error) {
      client.end()
      throw error
    }
  }
  const account = await ImapAccount.open({ dial, pause })
  try {
    yield* imapSource(account, carriedMaxBytes)
  } finally {
    await account.close()
  }
}

function urlOf(from: string): URL {
  try {
    return new URL(from)
  } catch {
    throw new Error(`${from} is no address: imaps://USER@HOST/`)
  }
}
