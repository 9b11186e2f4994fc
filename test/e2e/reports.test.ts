// A report of another server as its owner meets it: by SMTP to the address of setup's records, and
// then by command.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { newFolder, runProgram } from '../../src/cli/testing/program.ts'
import { openHouse } from '../support/house.ts'

const xml = `<?xml version="1.0"?><feedback>
<report_metadata><org_name>big.example</org_name><report_id>77</report_id>
<date_range><begin>1764201600</begin><end>1764287999</end></date_range></report_metadata>
<policy_published><domain>example.com</domain><p>none</p></policy_published>
<record><row><source_ip>198.51.100.7</source_ip><count>12</count><policy_evaluated>
<disposition>none</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>example.com</header_from></identifiers></record></feedback>`

const mail = [
  'From: <noreply@big.example>',
  'Subject: Report Domain: example.com Submitter: big.example Report-ID: <77>',
  'Content-Type: application/gzip',
  'Content-Transfer-Encoding: base64',
  '',
  ...(gzipSync(xml)
    .toString('base64')
    .match(/.{1,76}/g) ?? []),
].join('\r\n')

test('a report that came by mail is listed and shown, and its address takes no letters', async (t) => {
  const folder = newFolder(t)
  const house = await openHouse(t, { folder })
  const to = ['reports@example.com']
  assert.match(await house.send(to, mail, 'noreply@big.example'), /^250 /)
  assert.match(
    await house.send(to, 'Subject: hello\r\n\r\nhello', 'eva@big.example'),
    /^550 5\.7\.1/,
  )
  const run = async (...args: string[]) => {
    const ended = await runProgram(t, ['reports', ...args, '--data', folder])
    assert.equal(ended.status, 0, ended.errors)
    return ended.output
  }
  const [one] = JSON.parse(await run('list', '--json')) as { id: string; bad: number }[]
  assert.equal(one?.bad, 12)
  assert.match(await run('show', one!.id), /12 +BAD +198\.51\.100\.7 example\.com dkim=fail/)
  assert.match(await run('send'), /^0 sent/)
  await house.close()
})
