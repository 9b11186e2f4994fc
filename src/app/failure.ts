// Why something could not be done, in words for a person; and what is a bug and has none.
import { Refused } from '../base/refused.ts'
import { refusalText } from '../protocols/admin/replies.ts'

const systemSays: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EEXIST: 'it is there already, and is no folder',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'it cannot be written to',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  ENOSPC: 'the disk is full',
  EMFILE: 'too many open files: raise the limit (ulimit -n)',
}

/** One line, or undefined for what nobody expected. */
export function failureText(error: unknown): string | undefined {
  if (error instanceof Refused) return refusalText(error)
  if (!(error instanceof Error)) return undefined
  const { code, path } = error as NodeJS.ErrnoException
  if (code !== undefined && path !== undefined)
    return `${path}: ${systemSays[code] ?? error.message}`
  // What rooms throw in a person's words is a plain Error; a TypeError never is.
  return error.constructor === Error ? error.message : undefined
}
