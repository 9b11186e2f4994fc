// The settings of backups that are begun from a page.
import { text } from './kinds.ts'

export const backup = {
  folder: text(
    '',
    'Folder for backups that administrators begin in a browser, from the folder of this file. "": they cannot.',
  ),
}
