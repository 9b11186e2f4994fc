// The words of passkeys in three languages. Knows no page.
import { wordsOf } from './words.js'

const en = {
  passkey: 'Use a passkey',
  passkeys: 'Passkeys',
  passkeyHint: 'A passkey on this device or a key lets you in without a password.',
  passkeyNowhere: 'This browser has no passkeys here: the server needs a name, not a number.',
  addPasskey: 'Add a passkey',
  removePasskey: 'Remove',
  surePasskey: 'Remove the passkey {name}?',
  passkeyName: 'Name of the device',
  passkeyPassword: 'Your password',
  passkeyCode: 'Code, where two-factor is on',
  passkeyAdded: 'The passkey was added',
  passkeyNo: 'That passkey did not work here. Try again, or use your password.',
}

const id = {
  passkey: 'Pakai kunci sandi',
  passkeys: 'Kunci sandi',
  passkeyHint: 'Kunci sandi di perangkat ini membuat Anda masuk tanpa kata sandi.',
  passkeyNowhere: 'Peramban ini tidak punya kunci sandi di sini: server perlu nama, bukan angka.',
  addPasskey: 'Tambah kunci sandi',
  removePasskey: 'Hapus',
  surePasskey: 'Hapus kunci sandi {name}?',
  passkeyName: 'Nama perangkat',
  passkeyPassword: 'Kata sandi Anda',
  passkeyCode: 'Kode, bila dua langkah aktif',
  passkeyAdded: 'Kunci sandi ditambahkan',
  passkeyNo: 'Kunci sandi itu tidak berhasil. Coba lagi, atau pakai kata sandi Anda.',
}

const es = {
  passkey: 'Usar una llave de acceso',
  passkeys: 'Llaves de acceso',
  passkeyHint: 'Una llave de acceso en este dispositivo le deja entrar sin contraseña.',
  passkeyNowhere:
    'Este navegador no tiene llaves aquí: el servidor necesita un nombre, no un número.',
  addPasskey: 'Añadir una llave',
  removePasskey: 'Quitar',
  surePasskey: '¿Quitar la llave {name}?',
  passkeyName: 'Nombre del dispositivo',
  passkeyPassword: 'Su contraseña',
  passkeyCode: 'Código, si usa dos pasos',
  passkeyAdded: 'Se añadió la llave',
  passkeyNo: 'Esa llave no funcionó. Intente de nuevo o use su contraseña.',
}

export const languages = { en, id, es }

/** A word of them. */
export const say = wordsOf(languages)
