// Where a running server's admin socket is.
import { join } from 'node:path'

/** `folder` is the data folder. */
export function adminSocket(folder: string): string {
  return join(folder, 'admin.sock')
}
