// What the webmail is given of the house.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../base/log.ts'
import type { Jmap } from '../protocols/jmap/jmap.ts'
import { adminPageRoutes } from '../protocols/webmail/admin-page.ts'
import type { Outside } from '../protocols/webmail/ports.ts'
import { openWebmail, type Webmail } from '../protocols/webmail/webmail.ts'
import { outsideOf } from './picture-fetch.ts'
import type { Rooms } from './rooms.ts'

export interface WebmailOf {
  readonly rooms: Rooms
  readonly jmap: Jmap
  readonly log: Log
  /** In place of the world's. */
  readonly outside: Partial<Outside>
}

/** The files of a page, and those that all pages share. */
export function pageFolders(name: string): readonly string[] {
  return ['look', name].map((each) =>
    fileURLToPath(new URL(`../../webmail/${each}/`, import.meta.url)),
  )
}

/** What the page of administration has of the webmail. */
const shared = [
  ...['dom.js', 'dialog.js', 'login.js', 'look.js', 'words.js', 'mail.css'],
  ...['passkeys.js', 'passkey-words.js'],
]

function adminPage() {
  const [, mail = ''] = pageFolders('mail')
  const files = Object.fromEntries(shared.map((name) => [name, join(mail, name)]))
  return adminPageRoutes(pageFolders('admin'), files)
}

export function webmailOf({ rooms, jmap, log, outside }: WebmailOf): Webmail {
  const { emails, messages, dns } = rooms
  const { routes, close } = openWebmail({
    ...{ folders: pageFolders('mail'), emails, messages, log },
    libraries: { 'squire.js': fileURLToPath(import.meta.resolve('squire-rte')) },
    accountOf: (request) => jmap.accountOf(request),
    outside: { ...outsideOf({ dns }), ...outside },
  })
  return { routes: [...routes, ...adminPage()], close }
}
