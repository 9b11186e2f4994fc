// What the webmail is given of the house.
import { fileURLToPath } from 'node:url'
import type { Log } from '../base/log.ts'
import type { Jmap } from '../protocols/jmap/jmap.ts'
import type { FetchPicture } from '../protocols/webmail/ports.ts'
import { openWebmail, type Webmail } from '../protocols/webmail/webmail.ts'
import { pictureFetch } from './picture-fetch.ts'
import type { Rooms } from './rooms.ts'

export interface WebmailOf {
  readonly rooms: Rooms
  readonly jmap: Jmap
  readonly log: Log
  /** In place of the world's. */
  readonly pictures: FetchPicture | undefined
}

/** The files of a page, and those that all pages share. */
export function pageFolders(name: string): readonly string[] {
  return ['look', name].map((each) =>
    fileURLToPath(new URL(`../../webmail/${each}/`, import.meta.url)),
  )
}

export function webmailOf({ rooms, jmap, log, pictures }: WebmailOf): Webmail {
  const { emails, messages, dns } = rooms
  return openWebmail({
    ...{ folders: pageFolders('mail'), emails, messages, log },
    libraries: { 'squire.js': fileURLToPath(import.meta.resolve('squire-rte')) },
    accountOf: (request) => jmap.accountOf(request),
    fetchPicture: pictures ?? pictureFetch({ dns }),
  })
}
