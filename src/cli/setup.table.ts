// What `amplop setup` says, in its languages.
import type { Language } from '../base/languages.ts'

type Words = 'made' | 'kept' | 'account' | 'accountKept' | 'next'

export const setupTexts: Readonly<Record<Language, Readonly<Record<Words, string>>>> = {
  en: {
    made: 'Settings written to {file}.',
    kept: 'Settings kept as they are in {file}.',
    account: 'Account {address} made.',
    accountKept: 'Account {address} was there already, with its password.',
    next: 'Publish the records, then start it: amplop serve -c {file}\nLook again at any time: amplop doctor -c {file}',
  },
  id: {
    made: 'Pengaturan ditulis ke {file}.',
    kept: 'Pengaturan di {file} tetap seperti semula.',
    account: 'Akun {address} dibuat.',
    accountKept: 'Akun {address} sudah ada, dengan kata sandinya.',
    next: 'Terbitkan rekaman itu, lalu jalankan: amplop serve -c {file}\nPeriksa lagi kapan saja: amplop doctor -c {file}',
  },
  es: {
    made: 'Ajustes escritos en {file}.',
    kept: 'Los ajustes de {file} quedan como están.',
    account: 'Cuenta {address} creada.',
    accountKept: 'La cuenta {address} ya existía, con su contraseña.',
    next: 'Publique los registros y arranque: amplop serve -c {file}\nVuelva a mirar cuando quiera: amplop doctor -c {file}',
  },
}
