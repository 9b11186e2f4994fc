// `npm run test:thunderbird`: Thunderbird, where it is installed (AMPLOP_THUNDERBIRD or on the PATH),
// against a server of its own, driven without a screen by Marionette. It opens an account, lists its
// folders, reads what came, marks, files and takes it away; what it did is then asked of the server.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type House, openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { Scope } from '../support/scope.ts'

const startMs = 240_000
const stepMs = 120_000

function findProgram(): string | undefined {
  const named = process.env.AMPLOP_THUNDERBIRD
  if (named !== undefined) return existsSync(named) ? named : undefined
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'thunderbird')).find((path) => existsSync(path))
}

function profile(house: House, folder: string): void {
  mkdirSync(folder)
  const server = {
    type: 'imap',
    hostname: '127.0.0.1',
    port: house.port('imap'),
    userName: 'tito@example.com',
    name: 'tito@example.com',
    socketType: 0,
    authMethod: 3,
    using_subscription: false,
    login_at_startup: false,
    check_new_mail: false,
  }
  const prefs = {
    'mail.accountmanager.accounts': 'account1',
    'mail.accountmanager.defaultaccount': 'account1',
    'mail.account.account1.server': 'server1',
    'mail.account.account1.identities': 'id1',
    'mail.identity.id1.useremail': 'tito@example.com',
    'mail.identity.id1.fullName': 'Tito',
    ...Object.fromEntries(
      Object.entries(server).map(([name, value]) => [`mail.server.server1.${name}`, value]),
    ),
    'marionette.port': 0,
    'mail.provider.suppress_dialog_on_startup': true,
    'mail.spotlight.firstRunDone': true,
    'app.donation.eoy.version.viewed': 999,
    'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
    'app.update.enabled': false,
    'network.proxy.type': 0,
  }
  const lines = Object.entries(prefs).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  )
  writeFileSync(join(folder, 'user.js'), lines.join(''))
}

/** The client end of Marionette: "LENGTH:JSON" both ways, one question at a time. */
class Marionette {
  readonly #socket: Socket
  #held = Buffer.alloc(0)
  #wake: () => void = () => {}
  #number = 0

  constructor(socket: Socket) {
    this.#socket = socket
    socket
      .on('error', () => {})
      .on('data', (part: Buffer) => {
        this.#held = Buffer.concat([this.#held, part])
        this.#wake()
      })
  }

  static async dial(port: number): Promise<Marionette> {
    const socket = connect(port, '127.0.0.1')
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    const marionette = new Marionette(socket)
    await marionette.#message()
    await marionette.ask('WebDriver:NewSession', {})
    await marionette.ask('Marionette:SetContext', { value: 'chrome' })
    return marionette
  }

  async ask(name: string, parameters: object): Promise<unknown> {
    const message = Buffer.from(JSON.stringify([0, ++this.#number, name, parameters]))
    this.#socket.write(`${message.length}:`)
    this.#socket.write(message)
    const [, , error, result] = (await this.#message()) as [number, number, unknown, unknown]
    assert.equal(error, null, `${name}: ${JSON.stringify(error)?.slice(0, 2_000)}`)
    return result
  }

  /** What a function of Thunderbird's own world returns. */
  async run<T>(body: string, ...args: readonly unknown[]): Promise<T> {
    const script = `const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
      (async () => { ${prelude} ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) + (error.stack ?? '') }))`
    const parameters = { script, args, scriptTimeout: stepMs, newSandbox: true, sandbox: 'system' }
    const { value } = (await this.ask('WebDriver:ExecuteAsyncScript', parameters)) as {
      value: { value: T; error?: string }
    }
    assert.equal(value.error, undefined)
    return value.value
  }

  close(): void {
    this.#socket.destroy()
  }

  async #message(): Promise<unknown> {
    for (;;) {
      const colon = this.#held.indexOf(':')
      const length = Number(this.#held.toString('latin1', 0, Math.max(0, colon)))
      if (colon > 0 && this.#held.length >= colon + 1 + length) {
        const text = this.#held.toString('utf8', colon + 1, colon + 1 + length)
        this.#held = this.#held.subarray(colon + 1 + length)
        return JSON.parse(text)
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

const prelude = `
  const { MailServices } = ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs');
  const server = MailServices.accounts.allServers.find(({ type }) => type === 'imap');
  server.password = 'amplop';
  const until = async (what, test) => {
    for (let n = 0; n < 400; n++) {
      const found = await test();
      if (found) return found;
      await new Promise((resolve) => window.setTimeout(resolve, 250));
    }
    throw new Error('not in time: ' + what);
  };
  const folders = () => server.rootFolder.descendants;
  const named = (name) => folders().find((folder) => folder.name === name || folder.prettyName === name || folder.onlineName === name);
  const headers = (folder) => [...folder.messages];
  const refreshed = (folder) => { folder.QueryInterface(Ci.nsIMsgImapMailFolder); folder.updateFolder(null); };
`

async function started(child: ChildProcess, folder: string): Promise<Marionette> {
  const file = join(folder, 'MarionetteActivePort')
  for (let waited = 0; waited < startMs; waited += 500) {
    assert.equal(child.exitCode, null, 'Thunderbird ended')
    if (existsSync(file)) return Marionette.dial(Number(readFileSync(file, 'utf8')))
    await pause(500)
  }
  throw new Error('Thunderbird did not start in time')
}

async function check(scope: Scope, program: string): Promise<void> {
  const house = await openHouse(scope)
  const texts = ['one', 'two', 'three'].map(
    (word) =>
      `From: ana@example.org\r\nTo: tito@example.com\r\nSubject: Pesan ${word} =?utf-8?q?=C3=B1?=\r\n` +
      `Message-ID: <${word}@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0700\r\n\r\nIsi ${word}\r\n`,
  )
  for (const text of texts) await house.send(['tito@example.com'], text, 'ana@example.org')
  const folder = join(newFolder(scope), 'profile')
  profile(house, folder)
  const args = ['--headless', '--no-remote', '--profile', folder, '--marionette']
  const child = spawn(program, [...args, '--remote-allow-system-access'], {
    stdio: 'ignore',
    env: { ...process.env, HOME: join(folder, '..') },
  })
  const over = new Promise((resolve) => child.once('close', resolve))
  scope.after(async () => {
    child.kill('SIGKILL')
    await over
  })
  const bird = await started(child, folder)
  scope.after(() => bird.close())
  const step = async <T>(name: string, work: Promise<T>): Promise<T> => {
    const value = await work
    console.log(`ok     ${name}`)
    return value
  }
  const subjects = await step(
    'it logs in, finds INBOX and lists its messages',
    bird.run<string[]>(`
      server.performExpand(null);
      const inbox = await until('an inbox', () => server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox));
      await until('three messages', () => { if (headers(inbox).length < 3) refreshed(inbox); return headers(inbox).length >= 3; });
      return headers(inbox).map((each) => each.mime2DecodedSubject).sort();`),
  )
  assert.deepEqual(subjects, ['Pesan one ñ', 'Pesan three ñ', 'Pesan two ñ'])
  const uses = await step(
    'it knows what the mailboxes are for',
    bird.run<string[]>(`
      const flags = Ci.nsMsgFolderFlags;
      const known = { Sent: flags.SentMail, Drafts: flags.Drafts, Trash: flags.Trash, Junk: flags.Junk, Archive: flags.Archive };
      await until('all mailboxes', () => Object.keys(known).every(named));
      return Object.entries(known).filter(([name, flag]) => named(name).getFlag(flag)).map(([name]) => name).sort();`),
  )
  assert.deepEqual(uses, ['Archive', 'Drafts', 'Junk', 'Sent', 'Trash'])
  const text = await step(
    'it reads a message',
    bird.run<string>(`
      const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
      const header = headers(inbox).find((each) => each.messageId === 'two@example.org');
      const service = MailServices.messageServiceFromURI(inbox.getUriForMsg(header));
      return await new Promise((resolve, reject) => {
        let all = '';
        const listener = {
          QueryInterface: ChromeUtils.generateQI(['nsIStreamListener']),
          onStartRequest() {},
          onDataAvailable(request, stream, offset, count) {
            const reader = Cc['@mozilla.org/scriptableinputstream;1'].createInstance(Ci.nsIScriptableInputStream);
            reader.init(stream);
            all += reader.read(count);
          },
          onStopRequest(request, status) { Components.isSuccessCode(status) ? resolve(all) : reject(new Error('status ' + status)); },
        };
        service.streamMessage(inbox.getUriForMsg(header), listener, null, null, false, '', false);
      });`),
  )
  assert.match(text, /\r?\nIsi two\r?\n/)
  await step(
    'it marks one as read and moves another to the archive',
    bird.run(`
      const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
      const find = (id) => headers(inbox).find((each) => each.messageId === id + '@example.org');
      inbox.markMessagesRead([find('one')], true);
      inbox.markMessagesFlagged([find('one')], true);
      await new Promise((resolve, reject) => {
        const listener = {
          QueryInterface: ChromeUtils.generateQI(['nsIMsgCopyServiceListener']),
          onStartCopy() {}, onProgress() {}, setMessageKey() {}, getMessageId() { return null; },
          onStopCopy(status) { Components.isSuccessCode(status) ? resolve() : reject(new Error('copy ' + status)); },
        };
        MailServices.copy.copyMessages(inbox, [find('three')], named('Archive'), true, listener, null, false);
      });
      return 0;`),
  )
  const { accounts, mailboxes, messages } = house.started.rooms ?? assert.fail('rooms')
  const { id: account } = await accounts.show('tito@example.com')
  const seen = async () => {
    const names = await messages.flagNames(account)
    const boxes = await mailboxes.list(account)
    const told: Record<string, string[]> = {}
    for (const { id, name } of boxes)
      for await (const rows of messages.flags({ account, mailbox: id }))
        told[name] = rows.map(([, flags, more]) => names.of(flags, more).toSorted().join(' '))
    return told
  }
  const wanted = { INBOX: 2, Archive: 1 }
  const fits = (told: Record<string, string[]>) =>
    told.INBOX?.length === wanted.INBOX &&
    told.Archive?.length === wanted.Archive &&
    told.INBOX.some((flags) => flags.includes('\\Flagged') && flags.includes('\\Seen'))
  let told = await seen()
  for (let waited = 0; !fits(told) && waited < stepMs; waited += 250) {
    await pause(250)
    told = await seen()
  }
  assert.ok(fits(told), JSON.stringify(told))
  console.log('ok     the server has it as Thunderbird left it')
  await house.send(['tito@example.com'], `Subject: Baru\r\nMessage-ID: <new@x>\r\n\r\nBaru\r\n`)
  await step(
    'what comes while it idles is there without being asked for',
    bird.run(`
      const inbox = server.rootFolder.getFolderWithFlags(Ci.nsMsgFolderFlags.Inbox);
      await until('the new one', () => headers(inbox).some((each) => each.messageId === 'new@x'));
      return 0;`),
  )
}

const program = findProgram()
if (program === undefined) console.log('skipped: Thunderbird is not here (AMPLOP_THUNDERBIRD)')
else {
  const scope = new Scope()
  try {
    await check(scope, program)
  } finally {
    await scope.end()
  }
}
