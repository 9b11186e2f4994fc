// Wrong words on the command line, and the help that is made of the table.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { command, dispatch, type Group, Misused, wholeCommand } from './command.ts'

const heard: unknown[] = []

const program: Group = {
  name: 'post',
  summary: 'a program',
  commands: [
    command({
      name: 'carry',
      summary: 'carry things',
      words: ['THING', '[WHERE]'],
      options: {
        fast: { type: 'boolean', short: 'f', doc: 'run' },
        times: { type: 'string', short: 't', value: 'N', doc: 'so often' },
      },
      more: 'Things are heavy.',
      run: async (given, words) => {
        if (given.times === '0') throw new Misused('--times must be more')
        heard.push({ ...given, words })
        return 0
      },
    }),
    {
      name: 'box',
      summary: 'boxes: list',
      commands: [
        command({
          name: 'list',
          summary: 'all boxes',
          words: ['BOX...'],
          options: {},
          run: async () => 1,
        }),
      ],
    },
    wholeCommand('raw', 'as it is', async (args) => args.length),
  ],
}

const run = (...args: string[]) => dispatch(program, args, ['post'])

const wrong: readonly (readonly [string, string])[] = [
  ['fly', 'post: unknown command "fly"; see post --help'],
  ['--fly', 'post: unknown option "--fly"; see post --help'],
  ['carry', 'post carry: THING is missing; see post carry --help'],
  ['carry a b c', 'post carry: unexpected "c"; see post carry --help'],
  ['carry a --slow', "post carry: unknown option '--slow'; see post carry --help"],
  ['carry a -s', "post carry: unknown option '-s'; see post carry --help"],
  [
    'carry a --times',
    "post carry: option '-t, --times <value>' argument missing; see post carry --help",
  ],
  ['carry a --times=0', 'post carry: --times must be more; see post carry --help'],
  [
    'carry a --fast=yes',
    "post carry: option '-f, --fast' does not take an argument; see post carry --help",
  ],
  ['box open', 'post box: unknown command "open"; see post box --help'],
  ['box list', 'post box list: BOX is missing; see post box list --help'],
]

for (const [words, message] of wrong) {
  test(`"post ${words}" is told what is wrong, in one line`, async () => {
    await assert.rejects(run(...words.split(' ')), (error) => {
      assert.ok(error instanceof Misused)
      assert.equal(error.message, message)
      return true
    })
  })
}

test('options, words and the status reach the command and come back', async () => {
  assert.equal(await run('carry', '-f', 'a', '--times', '3', '--', '-b'), 0)
  assert.deepEqual(heard.at(-1), { fast: true, times: '3', words: ['a', '-b'] })
  assert.equal(await run('box', 'list', 'a', 'b', 'c'), 1)
  assert.equal(await run('raw', '--help', '-x'), 2)
})

test('help comes for the program, a group and a command, with every option', async (t) => {
  assert.match(await helpOf(t), /^usage: post COMMAND\n.* {2}carry {2}carry things\n {2}box /s)
  assert.match(await helpOf(t, 'box'), /^usage: post box COMMAND\n.* {2}list {2}all boxes\n/s)
  const help = await helpOf(t, 'carry', '--help')
  assert.match(help, /^usage: post carry THING \[WHERE\] \[OPTIONS\]\n\ncarry things\n/)
  assert.match(help, / {2}-f, --fast {5}run\n {2}-t, --times N {2}so often\n {2}-h, --help/)
  assert.match(help, /Things are heavy\.\n$/)
})

async function helpOf(t: TestContext, ...args: string[]): Promise<string> {
  let text = ''
  const write = t.mock.method(process.stdout, 'write', (part: string) => {
    text += part
    return true
  })
  assert.equal(await run(...args), 0)
  write.mock.restore()
  return text
}
