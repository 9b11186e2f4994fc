// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of the language look so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './compile.ts'
import { LetterView } from './letter-view.ts'
import { SieveError } from './problem.ts'
import { run } from './run.ts'
import { usualLimits } from './run-limits.ts'
import type { Action } from './world.ts'

const letter = [
  'From: "The Boss" <boss+urgent@Example.com>',
  'To: tito@example.net, Iqbal <iqbal@example.org>',
  'Subject: =?utf-8?q?Sel=C3=A9ct?= [list] quarterly report',
  'Received: from a by b; Fri, 21 Nov 2025 09:55:06 +0700',
  'X-Score: 12',
  'Content-Type: multipart/alternative; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'the caf=C3=A9 opens',
  '--b',
  'Content-Type: text/html',
  '',
  '<p>the <b>market</b></p>',
  '--b--',
  '',
].join('\r\n')

const other = 'require ["include","variables"]; global "a"; set "a" "${a}b"; set "b" "x"; return;'

function did(source: string, limits = usualLimits) {
  const world = {
    letter: new LetterView(Buffer.from(letter)),
    envelope: { from: 'bounce@list.example', to: 'tito+work@example.net' },
    now: Date.UTC(2026, 10, 29, 23, 30),
    zone: 0,
    mailboxes: new Set(['INBOX', 'Work']),
    environment: new Map([['location', 'MDA']]),
    ...{ spamPercent: 40, mailboxIds: new Set(['m1']) },
    specialUses: new Map([['\\junk', ['Spam']]]),
    include: (_: string, name: string) => (name === 'other' ? compile(other) : undefined),
  }
  const { actions, failure } = run(compile(source), world, limits)
  return failure || actions.map(short).join(', ')
}

function short(action: Action): string {
  const flags = 'flags' in action && action.flags.length > 0 ? ` (${action.flags.join(' ')})` : ''
  if (action.is === 'fileinto') return `${action.mailbox}${flags}`
  if (action.is === 'redirect') return `to ${action.address}`
  return action.is === 'reject' ? `reject ${action.reason}` : `${action.is}${flags}`
}

const everything = `require ["fileinto", "envelope", "copy", "variables", "relational", "subaddress",
  "date", "index", "body", "regex", "imap4flags", "mailbox", "environment", "ihave", "reject",
  "spamtestplus", "mailboxid", "special-use", "duplicate", "include", "mime", "editheader",
  "foreverypart", "extracttext", "vacation-seconds", "enotify",
  "encoded-character", "comparator-i;ascii-numeric", "comparator-i;unicode-casemap"];\n`

const truths: readonly string[] = [
  'spamtest "4"',
  'spamtest :percent :value "lt" :comparator "i;ascii-numeric" "50"',
  'mailboxidexists "m1"',
  'not mailboxidexists ["m1", "m2"]',
  'specialuse_exists "Spam" "\\\\Junk"',
  'not specialuse_exists ["\\\\Junk", "\\\\Sent"]',
  'not duplicate',
  'header :mime :anychild :type "content-type" "text"',
  'header :mime :anychild :param "charset" "content-type" "utf-8"',
  'valid_notify_method "mailto:a@b.example"',
  'not valid_notify_method ["mailto:a@b.example", "sms:1"]',
  'header "subject" "seléct [list] quarterly report"',
  'header :comparator "i;unicode-casemap" :contains "subject" "SELÉCT"',
  'not header :comparator "i;octet" :contains "subject" "QUARTERLY"',
  'header :matches "subject" "*[list]*report"',
  'not header :matches "subject" "*[list]?report"',
  'header :matches "x-score" "1?"',
  'header :regex "subject" "\\\\[(.*)\\\\] +q[[:alpha:]]{8}"',
  'header :value "gt" :comparator "i;ascii-numeric" "x-score" "9"',
  'header :count "eq" :comparator "i;ascii-numeric" ["to", "from"] "2"',
  'address :count "eq" :comparator "i;ascii-numeric" "to" "2"',
  'address :domain "from" "example.COM"',
  'address :user "from" "boss"',
  'address :detail "from" "urgent"',
  'not address :detail :matches "to" "*"',
  'envelope :localpart "from" "bounce"',
  'envelope :detail "to" "work"',
  'size :over 100',
  'size :under 1K',
  'exists ["from", "to"]',
  'not exists ["from", "x-none"]',
  'date "received" "year" "2025"',
  'date :originalzone "received" "hour" "09"',
  'date :zone "+0000" "received" "time" "02:55:06"',
  'currentdate "date" "2026-11-29"',
  'currentdate :zone "+0100" "weekday" "1"',
  'header :index 1 :last :contains "received" "from a"',
  'body :contains "café opens"',
  'body :contains "the market"',
  'body :content "text/html" :contains "<b>"',
  'not body :content "text/plain" :contains "<b>"',
  'body :raw :contains "=C3=A9"',
  'mailboxexists ["Work", "inbox"]',
  'not mailboxexists "Play"',
  'environment "location" "mda"',
  'ihave ["fileinto", "vacation"]',
  'not ihave "vnd.nobody.nothing"',
  'anyof (false, true)',
  'not allof (true, false)',
  'string "${unicode:e9}${hex: 20 21}" "é !"',
]

for (const truth of truths)
  test(`it is so: ${truth}`, () => {
    assert.equal(did(`${everything}if ${truth} { discard; }`), 'discard')
    assert.equal(did(`${everything}if not ${truth} { discard; }`), 'keep')
  })

const scripts: readonly (readonly [source: string, actions: string])[] = [
  ['', 'keep'],
  ['discard; keep;', 'discard, keep'],
  ['fileinto "Work"; fileinto "Work";', 'Work'],
  ['fileinto :copy "Work";', 'Work, keep'],
  ['fileinto "Work"; fileinto :copy "Other";', 'Work, Other'],
  ['redirect "a@example.com";', 'to a@example.com'],
  ['redirect :copy "<a@example.com>";', 'to a@example.com, keep'],
  ['if false { discard; } elsif true { fileinto "A"; } else { fileinto "B"; }', 'A'],
  ['if true { stop; } discard;', 'keep'],
  ['reject "no";', 'reject no'],
  ['addflag "\\\\Seen"; addflag ["work \\\\seen"]; keep;', 'keep (\\Seen work)'],
  ['setflag "a b"; removeflag "A";', 'keep (b)'],
  ['addflag "boss"; if hasflag "boss" { fileinto :flags "x" "F"; }', 'F (x)'],
  ['if header :matches "subject" "*[*]*" { fileinto "L.${2}"; }', 'L.list'],
  ['if header :regex "subject" "\\\\[([a-z]+)\\\\]" { fileinto "R.${1}"; }', 'R.list'],
  ['set :upperfirst :lower "a" "wORK"; fileinto "${A}${none}${not a name}";', 'Work${not a name}'],
  ['set :length "n" "café"; fileinto "${n}";', '4'],
  ['set :quotewildcard "q" "a*b"; fileinto "${q}";', 'a\\*b'],
  ['global "a"; set "a" "1"; include "other"; fileinto "${a}${b}";', '1b'],
  ['include :optional "none"; keep;', 'keep'],
  ['addheader "X-A" "1"; if header "x-a" "1" { stop; } discard;', 'keep'],
  [
    'foreverypart { if header :mime :subtype "content-type" "html" { break; } set "n" "${n}."; } fileinto "${n}";',
    '..',
  ],
  [
    'foreverypart { extracttext :first 3 "t"; if string "${t}" "the" { fileinto "${t}"; break; } }',
    'the',
  ],
  ['vacation :seconds 60 "away";', 'vacation, keep'],
  ['fileinto :flags "a" "A"; fileinto :flags "b" "A";', 'A (b)'],
  ['fileinto text:\n..dotted\n.\n;', '.dotted\r\n'],
]

for (const [source, actions] of scripts)
  test(`it does: ${source}`, () => assert.equal(did(everything + source), actions))

const failures: readonly (readonly [source: string, failure: RegExp])[] = [
  ['set "a" "nobody"; redirect "${a}";', /^line 6: 'nobody' is no address$/],
  ['reject "no"; keep;', /^line 6: reject goes with no other action$/],
  ['error "not here";', /^line 6: not here$/],
  ['set "a" "no name"; set "${a}" "";', /is no name of a variable$/],
  ['fileinto "${none}";', /without a mailbox$/],
  ['include "none";', /there is no script 'none'/],
  ['vacation "a"; reject "b";', /reject goes with no other action$/],
  ['vacation "a"; vacation "b";', /vacation twice$/],
  ['set "c" "1"; global "c";', /is a variable of this script already$/],
]

for (const [source, failure] of failures)
  test(`it keeps the message, and says why: ${source}`, () => {
    assert.match(did(everything + source), failure)
  })

test('a run has its limits', () => {
  const redirects = [1, 2, 3].map((n) => `redirect "a${n}@example.com";`).join('')
  assert.match(did(redirects, { ...usualLimits, redirectsMax: 2 }), /more than 2 redirects/)
  const files = everything + [1, 2, 3].map((n) => `fileinto "${n}";`).join('')
  assert.match(did(files, { ...usualLimits, actionsMax: 2 }), /more than 2 actions/)
  const costly = `${everything}if body :matches "*a*b*c*" { stop; }`
  assert.match(did(costly, { ...usualLimits, workMax: 100 }), /takes too long/)
})

test('the comment above a rule names it', () => {
  const source = `${everything}# rule: Boss\nif true {\n  fileinto "Work";\n}`
  const letterView = new LetterView(Buffer.from(letter))
  const world = { letter: letterView, envelope: { from: '', to: '' }, now: 0, zone: 0 }
  const rest = { mailboxes: new Set<string>(), environment: new Map<string, string>() }
  const { actions } = run(compile(source), { ...world, ...rest })
  assert.deepEqual([actions[0]?.rule, actions[0]?.line], ['Boss', 8])
})

const wrong: readonly (readonly [source: string, problem: string])[] = [
  ['keep', "1:5 expected ';' or '{' after keep, found the end of the script"],
  ['fileinto "A";', '1:1 fileinto needs require "fileinto"'],
  ['keep;\nrequire "copy";', '2:1 require must come before all other commands'],
  ['require "nothing";', "1:1 unknown capability 'nothing'"],
  ['frop;', "1:1 unknown command 'frop'"],
  ['if frop { }', "1:4 unknown test 'frop'"],
  ['header "a" "b";', '1:1 header is a test, no command'],
  ['if header :all "a" "b" { }', "1:11 header has no argument ':all'"],
  ['if header :is :contains "a" "b" { }', '1:4 :is and :contains exclude each other'],
  ['if header 4 "b" { }', '1:11 argument 1 of header must be a string or a list of them'],
  ['if header "a" { }', '1:4 header takes 2 arguments, found 1'],
  ['redirect "nobody";', "1:1 'nobody' is no address"],
  ['require "fileinto"; fileinto "";', "1:21 '' is no name of a mailbox"],
  ['require "variables"; set "no name" "";', "1:22 'no name' is no name of a variable"],
  ['require "enotify"; notify "sms:1";', '1:20 only mailto: is known'],
  ['require "foreverypart"; break;', '1:25 break outside of a loop'],
  ['require "include"; include "a/b";', "1:20 'a/b' is no name of a script"],
  ['require "editheader"; addheader "a b" "";', "1:23 'a b' is no name of a field"],
  ['else { }', '1:1 else without if'],
  ['if true;', '1:1 if lacks its block'],
  ['stop { }', '1:1 stop takes no block'],
  ['redirect "a@b.example" true;', "1:1 redirect takes no test: is a ';' missing before?"],
  ['if size 4 { }', '1:4 size needs :over or :under'],
  ['keep "', '1:6 string without end'],
  ['redirect text:\nabc\n', '1:10 text: without the line of a single dot that ends it'],
  ['if size :over 99999999999G { }', '1:15 number too large'],
  ['if header :comparator "i;none" "a" "b" { }', "1:4 unknown comparator 'i;none'"],
  ['require "regex"; if header :regex "a" "(" { }', "1:21 bad regular expression: '(' without ')'"],
]

for (const [source, problem] of wrong)
  test(`it is wrong: ${source}`, () => {
    assert.throws(
      () => compile(source),
      (error: unknown) => {
        assert.ok(error instanceof SieveError)
        const [first] = error.problems
        assert.equal(`${first?.line}:${first?.column} ${first?.text}`, problem)
        return true
      },
    )
  })

test('several mistakes are told at once', () => {
  try {
    compile('frop;\nfriep;')
    assert.fail('it is wrong')
  } catch (error) {
    assert.ok(error instanceof SieveError)
    assert.deepEqual(
      error.problems.map(({ line }) => line),
      [1, 2],
    )
  }
})
