// What the program knows of itself: its version, and how it is called here.
import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Beside the sources in a clone, beside what was built from them where it is published. */
export function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** How a person types the command in this folder: "bin/amplop" in a clone, else "npx amplop". */
export function commandName(): string {
  if (!import.meta.url.endsWith('.ts')) return 'npx amplop'
  const file = fileURLToPath(new URL('../../bin/amplop', import.meta.url))
  const near = relative(process.cwd(), file)
  return near.startsWith(`..${sep}..`) ? file : near
}
