import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatDate, parseDate } from './header-date.ts'

const cases: [string, string | null][] = [
  ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z'],
  ['Fri, 07 Oct 1994 16:15:05 -0700 (PDT)', '1994-10-07T23:15:05Z'],
  ['Thu,\r\n\t13\r\n Feb\r\n 1969\r\n 23:32\r\n -0330 (Newfoundland Time)', '1969-02-14T03:02:00Z'],
  ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z'],
  ['21 Nov 03 09:55 EST', '2003-11-21T14:55:00Z'],
  ['1 Jan 103 00:00:00 +0000', '2003-01-01T00:00:00Z'],
  ['Fri Nov 21 09:55:06 1997', '1997-11-21T09:55:06Z'],
  ['Fri, 21-Nov-1997 09:55:06 UT', '1997-11-21T09:55:06Z'],
  ['Friday, November 21 1997 09:55:06 Z', '1997-11-21T09:55:06Z'],
  ['1997-11-21T09:55:06+01:00', '1997-11-21T08:55:06Z'],
  ['1997-11-21 09:55:06.123 +0100', '1997-11-21T08:55:06Z'],
  ['21 Nov 1997 09.55.06 +0000', '1997-11-21T09:55:06Z'],
  ['21 Nov 1997 09:55:60 +0000', '1997-11-21T09:56:00Z'],
  ['21 Nov 1997 09:55:06 GMT+0100', '1997-11-21T08:55:06Z'],
  ['21 Nov 1997 09:55:06 X', '1997-11-21T09:55:06Z'],
  ['', null],
  ['yesterday', null],
  ['32 Nov 1997 00:00:00', null],
  ['21 Nov 1997', null],
  ['21 Nov 1997 25:00:00', null],
  ['21 1997 10:00:00', null],
  ['Nov 10:00:00', null],
]

test('dates are read in every order that mail has them in, or are no date', () => {
  for (const [raw, iso] of cases) {
    assert.equal(parseDate(raw), iso === null ? null : Date.parse(iso), raw)
  }
})

test('dates are written as RFC 5322 §3.3 and read back', () => {
  assert.equal(formatDate(880105506000), 'Fri, 21 Nov 1997 09:45:06 +0000')
  for (const ms of [0, 951782400000, 4102444799000]) assert.equal(parseDate(formatDate(ms)), ms)
})
