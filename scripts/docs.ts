// Keeps the documents true: docs/config.md and docs/errors.md are made from the sources; what the
// README tells people to type exists; links between documents lead somewhere.
// `docs.ts` checks, `docs.ts --write` writes the two documents anew.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { documentedKeys, fileOnlyKeys, liveKeys } from '../src/app/config/keys.ts'
import { refusalCodes } from '../src/base/refused.ts'
import { type Reply, replyLine } from '../src/base/reply.ts'
import * as gateway from '../src/protocols/gateway/replies.ts'
import * as imap from '../src/protocols/imap/replies.ts'
import * as pop3 from '../src/protocols/pop3/replies.ts'
import * as smtp from '../src/protocols/smtp/replies.ts'
import { filesIn, root } from './files.ts'

const documents: Readonly<Record<string, () => string>> = {
  'docs/config.md': configDocument,
  'docs/errors.md': errorsDocument,
}

/** What is stale, missing or leads nowhere. */
export function checkDocs(): string[] {
  return [...staleProblems(), ...commandProblems(), ...linkProblems()]
}

function configDocument(): string {
  const keys = documentedKeys()
  const sections = new Set(keys.map(({ key }) => key.split('.')[0] ?? ''))
  const intro = `# Settings

\`amplop serve -c amplop.toml\` reads one file, in [TOML](https://toml.io). Every key has a default;
one that is not known is an error. \`amplop check -c amplop.toml\` says what is wrong, with line
numbers. Times are in milliseconds, sizes in bytes. The smallest file that serves a domain:

\`\`\`toml
[server]
name = "mail.example.com"
domains = ["example.com"]
\`\`\`

A stand-alone forwarder names no domain, but the next hop:

\`\`\`toml
[gateway]
tcp = ["0.0.0.0:1239", "[::]:1239"]
relay_host = "mail.example.com"
\`\`\`

\`amplop config set KEY VALUE\` changes a setting of a running server, and keeps the change in
\`settings.toml\` in the data folder, which is stronger than this file. What the tables below call
"at once" is then in force for new connections and commands; "restart" is kept and waits for one;
"file" can be set in this file only. [operations.md](operations.md) says more.

Made from the schema by \`node scripts/docs.ts --write\`.
`
  const tables = [...sections].map((section) => {
    const rows = keys
      .filter(({ key }) => key.startsWith(`${section}.`))
      .map(({ key, fallback, doc }) => [
        `\`${key.slice(section.length + 1)}\``,
        `\`${toml(fallback)}\``,
        changedHow(key),
        doc,
      ])
    return `\n## [${section}]\n\n${table(['key', 'default', 'change', 'meaning'], rows)}`
  })
  return intro + tables.join('')
}

function changedHow(key: string): string {
  if (liveKeys.has(key)) return 'at once'
  return fileOnlyKeys.has(key) ? 'restart, file' : 'restart'
}

function toml(value: unknown): string {
  if (!Array.isArray(value)) return JSON.stringify(value)
  return `[${value.map((entry) => JSON.stringify(entry)).join(', ')}]`
}

function errorsDocument(): string {
  const source = readFileSync(join(root, 'src/base/refused.ts'), 'utf8')
  const meaning = (code: string) => {
    const told = new RegExp(`'${code}', // (.*)`).exec(source)?.[1] ?? code.replaceAll('-', ' ')
    return told.replace(/\.$/, '')
  }
  const refusals = refusalCodes.map((code) => [
    `\`${code}\``,
    meaning(code),
    said(smtp.refusals[code]),
    said(gateway.refusals[code]),
    `\`${pop3.refusals[code]}\``,
    imapSaid(imap.refusals[code]),
  ])
  return `# What is refused, and in which words

The log names the first column, with the details; a client hears one fixed sentence. Codes of 4xx
and 421 pass: trying again later may succeed. Codes of 5xx do not.

${table(['in the log', 'meaning', 'SMTP', 'gateway', 'POP3', 'IMAP'], refusals)}
## SMTP says besides

${replyTable(smtp.replies)}
A client beyond the limits on connections hears \`${smtp.busy}\`.

## IMAP says besides

A sentence that is not fixed names what was wrong with a command.

${imapTable(imap.replies)}
A client beyond the limits on connections hears \`${imap.busy}\`.

## The gateway says besides

A sentence that is not fixed names what was wrong.

${replyTable(gateway.replies)}
## POP3 says besides

${lineTable(Object.values(pop3.replies))}
A client beyond the limits on connections hears \`${pop3.busy}\`.

Made from the sources by \`node scripts/docs.ts --write\`.
`
}

function lineTable(lines: readonly string[]): string {
  return table(
    ['reply'],
    [...new Set(lines)].sort().map((line) => [`\`${line}\``]),
  )
}

function replyTable(replies: Readonly<Record<string, Reply>>): string {
  const lines = new Set(Object.values(replies).map(said))
  return table(
    ['reply'],
    [...lines].sort().map((line) => [line]),
  )
}

function imapTable(replies: Readonly<Record<string, imap.ImapReply>>): string {
  const lines = new Set(Object.values(replies).map(imapSaid))
  return table(
    ['reply'],
    [...lines].sort().map((line) => [line]),
  )
}

function imapSaid(reply: imap.ImapReply): string {
  return `\`${imap.formatReply(reply, '').trim().replace(/^\* /, '')}\``
}

function said(reply: Reply): string {
  return `\`${replyLine(reply).trim()}\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('')
}

function staleProblems(): string[] {
  return Object.entries(documents)
    .filter(([path, made]) => textOf(path) !== made())
    .map(([path]) => `${path} is stale: run node scripts/docs.ts --write`)
}

/** Commands in code blocks of the README: npm's are in package.json, ours in `--help`. */
function commandProblems(): string[] {
  const readme = textOf('README.md')
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block)
  const typed = [...readme.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  const code = [...blocks, ...typed].join('\n')
  const known = new Set([...help().matchAll(/^ +([a-z]+)\b/gm)].map(([, word]) => word))
  const problems: string[] = []
  for (const [line, , name = ''] of code.matchAll(/\bnpm (run )?([a-z:]+)/g))
    if (name !== 'ci' && !(name in scripts)) problems.push(`README.md: "${line}" is no npm script`)
  for (const [, name] of code.matchAll(/\bamplop ([a-z]+)\b/g))
    if (!known.has(name)) problems.push(`README.md: "amplop ${name}" is not in amplop --help`)
  return problems
}

function help(): string {
  const args = [join(root, 'bin/amplop'), '--help']
  return execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

function linkProblems(): string[] {
  return filesIn('.', (path) => path.endsWith('.md')).flatMap((path) =>
    [...textOf(path).matchAll(/\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: the link to ${target} leads nowhere`),
  )
}

function textOf(path: string): string {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

if (import.meta.main) {
  const write = process.argv.includes('--write')
  if (write)
    for (const [path, made] of Object.entries(documents)) writeFileSync(join(root, path), made())
  const problems = write ? [] : checkDocs()
  if (problems.length > 0) console.log(problems.join('\n'))
  process.exitCode = problems.length > 0 ? 1 : 0
}
