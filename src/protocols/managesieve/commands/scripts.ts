// The scripts of who has logged in: RFC 5804 §2.5 to §2.12.
import { Syntax } from '../../../wire/protocol.ts'
import { literal, nothing, quoted, strings } from '../grammar.ts'
import { replies } from '../replies.ts'
import { word } from '../session.ts'

interface Problem {
  readonly line: number
  readonly column: number
  readonly text: string
}

export const haveSpace = word({
  name: 'HAVESPACE',
  when: ['user'],
  parse: (said) => {
    const [name = '', size = ''] = strings(said, 2)
    if (!/^\d{1,10}$/.test(size)) throw new Syntax('A name and a number are expected')
    return { name, bytes: Number(size) }
  },
  run: async ({ account }, { name, bytes }, { scripts }) => {
    await scripts.needRoom(account, name, bytes)
    return { reply: replies.ok }
  },
})

export const putScript = word({
  name: 'PUTSCRIPT',
  when: ['user'],
  parse: (said) => strings(said, 2),
  run: async ({ account }, [name = '', content = ''], { scripts }) =>
    judged(await scripts.put(account, name, content)),
})

export const checkScript = word({
  name: 'CHECKSCRIPT',
  when: ['user'],
  parse: (said) => strings(said, 1),
  run: (_, [content = ''], { scripts }) => judged(scripts.check(content)),
})

/** A script that is wrong is no error of the session. */
function judged(problems: readonly Problem[]) {
  if (problems.length === 0) return { reply: replies.ok }
  const lines = problems.map(({ line, column, text }) => `line ${line}, column ${column}: ${text}`)
  return { reply: `NO ${quoted(lines.join('\r\n'))}` }
}

export const listScripts = word({
  name: 'LISTSCRIPTS',
  when: ['user'],
  parse: nothing,
  run: async ({ account }, _, { scripts }) => {
    const lines = (await scripts.list(account)).map(
      ({ name, active }) => `${quoted(name)}${active ? ' ACTIVE' : ''}`,
    )
    return { reply: [...lines, replies.ok].join('\r\n') }
  },
})

export const setActive = word({
  name: 'SETACTIVE',
  when: ['user'],
  parse: (said) => strings(said, 1),
  run: async ({ account }, [name = ''], { scripts }) => {
    await scripts.activate(account, name)
    return { reply: replies.ok }
  },
})

export const getScript = word({
  name: 'GETSCRIPT',
  when: ['user'],
  parse: (said) => strings(said, 1),
  run: async ({ account }, [name = ''], { scripts }) => {
    const content = await scripts.get(account, name)
    if (content === undefined) return { reply: replies.noScript }
    return { reply: `${literal(content)}\r\n${replies.ok}` }
  },
})

export const deleteScript = word({
  name: 'DELETESCRIPT',
  when: ['user'],
  parse: (said) => strings(said, 1),
  run: async ({ account }, [name = ''], { scripts }) => {
    const became = await scripts.removed(account, name)
    if (became === 'active') return { reply: replies.active }
    return { reply: became === 'missing' ? replies.noScript : replies.ok }
  },
})

export const renameScript = word({
  name: 'RENAMESCRIPT',
  when: ['user'],
  parse: (said) => strings(said, 2),
  run: async ({ account }, [name = '', to = ''], { scripts }) => {
    await scripts.rename(account, name, to)
    return { reply: replies.ok }
  },
})
