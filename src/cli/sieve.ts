// `amplop sieve`: what a filter script says, and what it would do with a message, which needs no
// server; and the scripts of accounts, which does.
import { scriptProblems, tryScript } from '../app/sieve-file.ts'
import { jsonOption } from './admin-client.ts'
import { command, Failed, type Group } from './command.ts'
import { printJson, printLine } from './print.ts'
import { scriptCommands } from './sieve-scripts.ts'

const check = command({
  name: 'check',
  summary: 'say what is wrong with a Sieve script, with line and column',
  words: ['SCRIPT'],
  options: { ...jsonOption },
  run: async ({ json }, [script = '']) => {
    const problems = await scriptProblems(script)
    if (json) printJson({ ok: problems.length === 0, file: script, problems })
    else if (problems.length === 0) printLine('ok')
    for (const { line, column, text } of json ? [] : problems)
      printLine(`${script}:${line}:${column}: ${text}`)
    return problems.length === 0 ? 0 : 1
  },
})

const test = command({
  name: 'test',
  summary: 'say what a script would do with a message; nothing is done',
  words: ['SCRIPT', 'MESSAGE'],
  options: {
    from: { type: 'string', value: 'ADDRESS', doc: 'the sender of the envelope' },
    to: { type: 'string', value: 'ADDRESS', doc: 'the recipient of the envelope' },
    mailbox: {
      type: 'string',
      multiple: true,
      value: 'NAME',
      doc: 'a mailbox that there is, for mailboxexists; may be given again',
    },
    ...jsonOption,
  },
  run: async ({ from = '', to = '', mailbox = [], json }, [script = '', message = '']) => {
    const problems = await scriptProblems(script)
    if (problems.length > 0) throw new Failed(`${script} is wrong: see amplop sieve check`)
    const tried = await tryScript({ script, message, from, to, mailboxes: mailbox })
    if (json) printJson(tried)
    else for (const said of tried.said) printLine(said)
    if (!json && tried.failure !== '') printLine(`the run failed: ${tried.failure}`)
    return tried.failure === '' ? 0 : 1
  },
})

export const sieve: Group = {
  name: 'sieve',
  summary: 'filter scripts: check and try them, and keep them in accounts',
  commands: [check, test, ...scriptCommands],
}
