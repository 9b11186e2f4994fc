// Why mail was not delivered, and what its sender can do, in the languages of people: by enhanced
// status code, RFC 3463, the longest beginning that fits.
import type { Language } from '../base/languages.ts'

export interface Cause {
  readonly cause: string
  readonly fix: string
}

export const causes: Readonly<Record<Language, Readonly<Record<string, Cause>>>> = {
  en: {
    '5': {
      cause: 'The other server refused it for good.',
      fix: 'Read what it said: it may name a page that explains it. Ask the recipient by other means.',
    },
    '5.1': {
      cause: 'The address is not right.',
      fix: 'Check the address for typing errors, and ask the recipient for the right one.',
    },
    '5.1.1': {
      cause: 'Nobody has this address there.',
      fix: 'Check the part before the @ for typing errors, and ask the recipient for the right address.',
    },
    '5.1.2': {
      cause: 'The domain of this address does not exist.',
      fix: 'Check the part behind the @ for typing errors.',
    },
    '5.1.10': {
      cause: 'The domain of this address takes no mail at all.',
      fix: 'Check the part behind the @ for typing errors, or ask the recipient for another address.',
    },
    '5.2.1': {
      cause: 'The mailbox is switched off.',
      fix: 'Ask the recipient for another address.',
    },
    '5.2.2': {
      cause: 'The mailbox is full.',
      fix: 'Tell the recipient by other means, and send it again later.',
    },
    '5.2.3': {
      cause: 'The message is larger than this mailbox takes.',
      fix: 'Send less at once, or a link in place of attachments.',
    },
    '5.3.4': {
      cause: 'The message is larger than the other server takes.',
      fix: 'Send less at once, or a link in place of attachments.',
    },
    '5.4.6': {
      cause: 'The message went in circles.',
      fix: 'Somebody forwards this address to one that forwards back: tell the recipient or your postmaster.',
    },
    '5.4.7': {
      cause: 'It could not be delivered within the time that it is kept.',
      fix: 'The server of the recipient may be down. Send it again later, or ask the recipient for another address.',
    },
    '5.6.3': {
      cause:
        'The other server takes plain ASCII text only, and this message cannot be changed to that.',
      fix: 'Send it without a signature or encryption of your mail program, or as an attachment of a new message.',
    },
    '5.6.7': {
      cause: 'The other server takes no addresses with letters beyond A to Z.',
      fix: 'Ask the recipient for an address in plain letters, or send from one.',
    },
    '5.7': {
      cause: 'The other server refused it by a rule of its own.',
      fix: 'Read what it said, and give it to your postmaster: the rule may concern this whole server.',
    },
    '5.7.1': {
      cause: 'The other server does not take mail from here, or not for this address.',
      fix: 'Give what it said to your postmaster: it may take this server for a source of spam.',
    },
    '5.7.26': {
      cause: 'The other server could not prove that the message is from its sender.',
      fix: 'Tell your postmaster: SPF and DKIM of your domain have to be set up.',
    },
    '5.7.30': {
      cause: 'It was to go over secured connections only, and the other server offers none.',
      fix: 'Send it without that demand, or ask the recipient for another address.',
    },
  },
  id: {
    '5': {
      cause: 'Server lain menolaknya untuk seterusnya.',
      fix: 'Baca apa yang dikatakannya: mungkin ada halaman yang menjelaskan. Hubungi penerima dengan cara lain.',
    },
    '5.1': {
      cause: 'Alamatnya tidak benar.',
      fix: 'Periksa salah ketik pada alamat, dan tanyakan alamat yang benar kepada penerima.',
    },
    '5.1.1': {
      cause: 'Tidak ada yang memiliki alamat ini di sana.',
      fix: 'Periksa salah ketik sebelum tanda @, dan tanyakan alamat yang benar kepada penerima.',
    },
    '5.1.2': {
      cause: 'Domain alamat ini tidak ada.',
      fix: 'Periksa salah ketik sesudah tanda @.',
    },
    '5.1.10': {
      cause: 'Domain alamat ini sama sekali tidak menerima surat.',
      fix: 'Periksa salah ketik sesudah tanda @, atau minta alamat lain kepada penerima.',
    },
    '5.2.1': {
      cause: 'Kotak suratnya dimatikan.',
      fix: 'Minta alamat lain kepada penerima.',
    },
    '5.2.2': {
      cause: 'Kotak suratnya penuh.',
      fix: 'Beri tahu penerima dengan cara lain, dan kirim lagi nanti.',
    },
    '5.2.3': {
      cause: 'Pesan ini lebih besar daripada yang diterima kotak surat itu.',
      fix: 'Kirim lebih sedikit sekaligus, atau tautan sebagai ganti lampiran.',
    },
    '5.3.4': {
      cause: 'Pesan ini lebih besar daripada yang diterima server lain itu.',
      fix: 'Kirim lebih sedikit sekaligus, atau tautan sebagai ganti lampiran.',
    },
    '5.4.6': {
      cause: 'Pesan ini berputar-putar.',
      fix: 'Ada yang meneruskan alamat ini ke alamat yang meneruskannya kembali: beri tahu penerima atau pengelola surat Anda.',
    },
    '5.4.7': {
      cause: 'Tidak dapat diantarkan dalam waktu penyimpanannya.',
      fix: 'Server penerima mungkin mati. Kirim lagi nanti, atau minta alamat lain kepada penerima.',
    },
    '5.6.3': {
      cause:
        'Server lain hanya menerima teks ASCII biasa, dan pesan ini tidak dapat diubah menjadi itu.',
      fix: 'Kirim tanpa tanda tangan atau enkripsi dari program surat Anda, atau sebagai lampiran pesan baru.',
    },
    '5.6.7': {
      cause: 'Server lain tidak menerima alamat dengan huruf selain A sampai Z.',
      fix: 'Minta alamat dengan huruf biasa kepada penerima, atau kirim dari alamat seperti itu.',
    },
    '5.7': {
      cause: 'Server lain menolaknya karena aturannya sendiri.',
      fix: 'Baca apa yang dikatakannya, dan berikan kepada pengelola surat Anda: aturan itu mungkin menyangkut seluruh server ini.',
    },
    '5.7.1': {
      cause: 'Server lain tidak menerima surat dari sini, atau tidak untuk alamat ini.',
      fix: 'Berikan apa yang dikatakannya kepada pengelola surat Anda: server ini mungkin dikira sumber spam.',
    },
    '5.7.26': {
      cause: 'Server lain tidak dapat membuktikan bahwa pesan ini dari pengirimnya.',
      fix: 'Beri tahu pengelola surat Anda: SPF dan DKIM domain Anda harus disiapkan.',
    },
    '5.7.30': {
      cause: 'Pesan ini hanya boleh lewat sambungan aman, dan server lain tidak menawarkannya.',
      fix: 'Kirim tanpa tuntutan itu, atau minta alamat lain kepada penerima.',
    },
  },
  es: {
    '5': {
      cause: 'El otro servidor lo rechazó definitivamente.',
      fix: 'Lea lo que dijo: quizá nombre una página que lo explica. Pregunte al destinatario por otros medios.',
    },
    '5.1': {
      cause: 'La dirección no es correcta.',
      fix: 'Revise la dirección por si hay erratas y pida la correcta al destinatario.',
    },
    '5.1.1': {
      cause: 'Nadie tiene esta dirección allí.',
      fix: 'Revise lo que está antes de la @ por si hay erratas y pida la dirección correcta al destinatario.',
    },
    '5.1.2': {
      cause: 'El dominio de esta dirección no existe.',
      fix: 'Revise lo que está después de la @ por si hay erratas.',
    },
    '5.1.10': {
      cause: 'El dominio de esta dirección no acepta correo alguno.',
      fix: 'Revise lo que está después de la @ por si hay erratas, o pida otra dirección al destinatario.',
    },
    '5.2.1': {
      cause: 'El buzón está desactivado.',
      fix: 'Pida otra dirección al destinatario.',
    },
    '5.2.2': {
      cause: 'El buzón está lleno.',
      fix: 'Avise al destinatario por otros medios y envíelo más tarde.',
    },
    '5.2.3': {
      cause: 'El mensaje es mayor de lo que acepta este buzón.',
      fix: 'Envíe menos de una vez, o un enlace en lugar de adjuntos.',
    },
    '5.3.4': {
      cause: 'El mensaje es mayor de lo que acepta el otro servidor.',
      fix: 'Envíe menos de una vez, o un enlace en lugar de adjuntos.',
    },
    '5.4.6': {
      cause: 'El mensaje daba vueltas en círculo.',
      fix: 'Alguien reenvía esta dirección a otra que la reenvía de vuelta: avise al destinatario o a su administrador.',
    },
    '5.4.7': {
      cause: 'No se pudo entregar en el tiempo que se guarda.',
      fix: 'Quizá el servidor del destinatario no funcione. Envíelo más tarde o pida otra dirección al destinatario.',
    },
    '5.6.3': {
      cause:
        'El otro servidor solo acepta texto ASCII, y este mensaje no puede convertirse en eso.',
      fix: 'Envíelo sin firma ni cifrado de su programa de correo, o como adjunto de un mensaje nuevo.',
    },
    '5.6.7': {
      cause: 'El otro servidor no acepta direcciones con letras más allá de la A a la Z.',
      fix: 'Pida al destinatario una dirección con letras sencillas, o envíe desde una así.',
    },
    '5.7': {
      cause: 'El otro servidor lo rechazó por una regla propia.',
      fix: 'Lea lo que dijo y déselo a su administrador: la regla puede afectar a todo este servidor.',
    },
    '5.7.1': {
      cause: 'El otro servidor no acepta correo de aquí, o no para esta dirección.',
      fix: 'Dé lo que dijo a su administrador: puede que tome este servidor por fuente de spam.',
    },
    '5.7.26': {
      cause: 'El otro servidor no pudo comprobar que el mensaje es de su remitente.',
      fix: 'Avise a su administrador: hay que configurar SPF y DKIM de su dominio.',
    },
    '5.7.30': {
      cause: 'Debía ir solo por conexiones seguras, y el otro servidor no las ofrece.',
      fix: 'Envíelo sin esa exigencia o pida otra dirección al destinatario.',
    },
  },
}
