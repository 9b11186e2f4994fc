// What the doctor says of each thing it looks at, in the languages it speaks. {name} and the like
// are filled in.

import type { Language } from '../../base/languages.ts'

export type CheckName =
  | 'resolver'
  | 'address'
  | 'mx'
  | 'ptr'
  | 'spf'
  | 'dkim'
  | 'dmarc'
  | 'mta-sts'
  | 'tlsrpt'
  | 'tlsa'
  | 'srv'
  | 'autoconfig'
  | 'caa'
  | 'port-25'
  | 'blocklists'
  | 'refusals'
  | 'clock'
  | 'certificate'

/** Why it matters, and what to do where it is not as it should be. */
export interface CheckText {
  readonly why: string
  readonly fix: string
}

export const checkTexts: Readonly<Record<Language, Readonly<Record<CheckName, CheckText>>>> = {
  en: {
    resolver: {
      why: 'Without a name server that answers no mail leaves; with one that validates (DNSSEC), DANE protects it.',
      fix: 'Install a validating resolver on this machine, such as unbound, or name one in dns.servers.',
    },
    address: {
      why: 'Other servers and mail programs find this server by its name.',
      fix: 'Publish A (and AAAA) records of {server} with the public addresses of this machine.',
    },
    mx: {
      why: 'The MX record says where mail for {domain} goes; without it, or with another host, it does not come here.',
      fix: 'Publish: {domain}. MX 10 {server}.',
    },
    ptr: {
      why: 'Gmail, Outlook and others refuse mail from addresses without a reverse name that leads back.',
      fix: 'Have the provider of the address set its reverse name (PTR) to {server}.',
    },
    spf: {
      why: 'SPF says which servers may send for {domain}; without it mail is taken for spam or refused.',
      fix: 'Publish one TXT record at {domain}: "v=spf1 mx -all"',
    },
    dkim: {
      why: 'A DKIM signature proves that a mail is from {domain}; large receivers ask for it.',
      fix: 'Publish the TXT records of the keys as they stand in the zone file of amplop setup.',
    },
    dmarc: {
      why: 'DMARC tells receivers what to do with forgeries of {domain}; large receivers ask for it.',
      fix: 'Publish TXT at _dmarc.{domain}: "v=DMARC1; p=quarantine; rua=mailto:{reports}"',
    },
    'mta-sts': {
      why: 'MTA-STS has other servers send to {domain} over verified TLS only.',
      fix: 'Publish TXT at _mta-sts.{domain} and serve the policy at https://mta-sts.{domain}/.well-known/mta-sts.txt with a valid certificate.',
    },
    tlsrpt: {
      why: 'Other servers report here when TLS to {domain} fails.',
      fix: 'Publish TXT at _smtp._tls.{domain}: "v=TLSRPTv1; rua=mailto:{reports}"',
    },
    tlsa: {
      why: 'A TLSA record in a signed zone proves the certificate (DANE); a wrong one stops mail.',
      fix: 'In a signed zone publish the TLSA record below; in any other remove it.',
    },
    srv: {
      why: 'Mail programs find the servers for {domain} by SRV records.',
      fix: 'Publish the SRV records of _imaps._tcp and _submissions._tcp for {domain}.',
    },
    autoconfig: {
      why: 'Thunderbird and Outlook ask autoconfig.{domain} and autodiscover.{domain} for the settings.',
      fix: 'Publish CNAME records of both names that lead to {server}.',
    },
    caa: {
      why: 'CAA records say which authorities may issue certificates for {server}.',
      fix: 'Let the authority of the certificate stand in a CAA record of {domain}.',
    },
    'port-25': {
      why: 'Mail leaves by port 25, which many providers of servers and all of homes block.',
      fix: 'Ask the provider to open port 25 outwards, or send through a smarthost.',
    },
    blocklists: {
      why: 'Many receivers refuse mail from addresses on these lists.',
      fix: 'Find out on the page of the list why the address is there, mend it, and ask for its removal.',
    },
    refusals: {
      why: 'What other servers said lately to mail from here: nobody else knows what they hold against it.',
      fix: 'Read what they said: it often names a page that explains it.',
    },
    clock: {
      why: 'With a wrong clock signatures, certificates and dates of mail are wrong.',
      fix: 'Let the system set its clock: timedatectl set-ntp true',
    },
    certificate: {
      why: 'Mail programs and servers that verify need a certificate of {server} that is valid and known.',
      fix: 'Set acme.enabled, with port 80 or 443 open to this server; or name the files of a certificate in tls.cert and tls.key.',
    },
  },
  id: {
    resolver: {
      why: 'Tanpa server nama yang menjawab, surat tidak bisa dikirim; yang memvalidasi (DNSSEC) memungkinkan DANE.',
      fix: 'Pasang resolver yang memvalidasi di mesin ini, misalnya unbound, atau sebutkan di dns.servers.',
    },
    address: {
      why: 'Server lain dan program surat menemukan server ini lewat namanya.',
      fix: 'Terbitkan rekaman A (dan AAAA) untuk {server} dengan alamat publik mesin ini.',
    },
    mx: {
      why: 'Rekaman MX menentukan ke mana surat untuk {domain} dikirim; tanpa itu surat tidak sampai ke sini.',
      fix: 'Terbitkan: {domain}. MX 10 {server}.',
    },
    ptr: {
      why: 'Gmail, Outlook dan lainnya menolak surat dari alamat tanpa nama balik yang cocok.',
      fix: 'Minta penyedia alamat mengatur nama balik (PTR) menjadi {server}.',
    },
    spf: {
      why: 'SPF menentukan server mana yang boleh mengirim untuk {domain}; tanpa itu surat dianggap spam atau ditolak.',
      fix: 'Terbitkan satu rekaman TXT di {domain}: "v=spf1 mx -all"',
    },
    dkim: {
      why: 'Tanda tangan DKIM membuktikan surat berasal dari {domain}; penerima besar mensyaratkannya.',
      fix: 'Terbitkan rekaman TXT kunci seperti tertulis di berkas zona dari amplop setup.',
    },
    dmarc: {
      why: 'DMARC memberi tahu penerima apa yang dilakukan dengan pemalsuan {domain}; penerima besar mensyaratkannya.',
      fix: 'Terbitkan TXT di _dmarc.{domain}: "v=DMARC1; p=quarantine; rua=mailto:{reports}"',
    },
    'mta-sts': {
      why: 'Dengan MTA-STS server lain mengirim ke {domain} hanya lewat TLS yang terverifikasi.',
      fix: 'Terbitkan TXT di _mta-sts.{domain} dan sajikan kebijakan di https://mta-sts.{domain}/.well-known/mta-sts.txt dengan sertifikat yang sah.',
    },
    tlsrpt: {
      why: 'Server lain melapor ke sini bila TLS ke {domain} gagal.',
      fix: 'Terbitkan TXT di _smtp._tls.{domain}: "v=TLSRPTv1; rua=mailto:{reports}"',
    },
    tlsa: {
      why: 'Rekaman TLSA di zona bertanda tangan membuktikan sertifikat (DANE); yang salah menghentikan surat.',
      fix: 'Di zona bertanda tangan terbitkan rekaman TLSA di bawah; di zona lain hapuslah.',
    },
    srv: {
      why: 'Program surat menemukan server untuk {domain} lewat rekaman SRV.',
      fix: 'Terbitkan rekaman SRV _imaps._tcp dan _submissions._tcp untuk {domain}.',
    },
    autoconfig: {
      why: 'Thunderbird dan Outlook menanyakan pengaturan ke autoconfig.{domain} dan autodiscover.{domain}.',
      fix: 'Terbitkan CNAME kedua nama itu yang menuju {server}.',
    },
    caa: {
      why: 'Rekaman CAA menentukan otoritas mana yang boleh menerbitkan sertifikat untuk {server}.',
      fix: 'Cantumkan otoritas sertifikat dalam rekaman CAA {domain}.',
    },
    'port-25': {
      why: 'Surat keluar lewat port 25, yang diblokir banyak penyedia server dan semua internet rumahan.',
      fix: 'Minta penyedia membuka port 25 ke luar, atau kirim lewat smarthost.',
    },
    blocklists: {
      why: 'Banyak penerima menolak surat dari alamat dalam daftar ini.',
      fix: 'Cari sebabnya di halaman daftar itu, perbaiki, lalu minta dihapus.',
    },
    refusals: {
      why: 'Apa yang belakangan dikatakan server lain kepada surat dari sini: hanya mereka yang tahu keberatannya.',
      fix: 'Baca apa yang mereka katakan: sering ada halaman yang menjelaskannya.',
    },
    clock: {
      why: 'Dengan jam yang salah, tanda tangan, sertifikat dan tanggal surat ikut salah.',
      fix: 'Biarkan sistem mengatur jamnya: timedatectl set-ntp true',
    },
    certificate: {
      why: 'Program surat dan server yang memverifikasi memerlukan sertifikat {server} yang sah dan dikenal.',
      fix: 'Setel acme.enabled, dengan port 80 atau 443 terbuka ke server ini; atau sebutkan berkas sertifikat di tls.cert dan tls.key.',
    },
  },
  es: {
    resolver: {
      why: 'Sin un servidor de nombres que responda no sale correo; con uno que valide (DNSSEC), DANE lo protege.',
      fix: 'Instale en esta máquina un resolutor que valide, como unbound, o nómbrelo en dns.servers.',
    },
    address: {
      why: 'Otros servidores y los programas de correo encuentran este servidor por su nombre.',
      fix: 'Publique registros A (y AAAA) de {server} con las direcciones públicas de esta máquina.',
    },
    mx: {
      why: 'El registro MX dice adónde va el correo para {domain}; sin él no llega aquí.',
      fix: 'Publique: {domain}. MX 10 {server}.',
    },
    ptr: {
      why: 'Gmail, Outlook y otros rechazan correo de direcciones sin nombre inverso que lleve de vuelta.',
      fix: 'Pida al proveedor de la dirección que ponga su nombre inverso (PTR) en {server}.',
    },
    spf: {
      why: 'SPF dice qué servidores pueden enviar por {domain}; sin él el correo pasa por spam o se rechaza.',
      fix: 'Publique un solo registro TXT en {domain}: "v=spf1 mx -all"',
    },
    dkim: {
      why: 'Una firma DKIM prueba que un correo es de {domain}; los grandes receptores la exigen.',
      fix: 'Publique los registros TXT de las claves tal como están en el archivo de zona de amplop setup.',
    },
    dmarc: {
      why: 'DMARC dice a los receptores qué hacer con falsificaciones de {domain}; los grandes lo exigen.',
      fix: 'Publique TXT en _dmarc.{domain}: "v=DMARC1; p=quarantine; rua=mailto:{reports}"',
    },
    'mta-sts': {
      why: 'Con MTA-STS otros servidores envían a {domain} solo por TLS verificado.',
      fix: 'Publique TXT en _mta-sts.{domain} y sirva la política en https://mta-sts.{domain}/.well-known/mta-sts.txt con un certificado válido.',
    },
    tlsrpt: {
      why: 'Otros servidores informan aquí cuando falla TLS hacia {domain}.',
      fix: 'Publique TXT en _smtp._tls.{domain}: "v=TLSRPTv1; rua=mailto:{reports}"',
    },
    tlsa: {
      why: 'Un registro TLSA en una zona firmada prueba el certificado (DANE); uno equivocado detiene el correo.',
      fix: 'En una zona firmada publique el registro TLSA de abajo; en otra, quítelo.',
    },
    srv: {
      why: 'Los programas de correo encuentran los servidores de {domain} por registros SRV.',
      fix: 'Publique los registros SRV de _imaps._tcp y _submissions._tcp para {domain}.',
    },
    autoconfig: {
      why: 'Thunderbird y Outlook piden los ajustes a autoconfig.{domain} y autodiscover.{domain}.',
      fix: 'Publique registros CNAME de ambos nombres hacia {server}.',
    },
    caa: {
      why: 'Los registros CAA dicen qué autoridades pueden emitir certificados para {server}.',
      fix: 'Ponga la autoridad del certificado en un registro CAA de {domain}.',
    },
    'port-25': {
      why: 'El correo sale por el puerto 25, que muchos proveedores de servidores y todos los domésticos bloquean.',
      fix: 'Pida al proveedor que abra el puerto 25 hacia fuera, o envíe por un smarthost.',
    },
    blocklists: {
      why: 'Muchos receptores rechazan correo de direcciones en estas listas.',
      fix: 'Averigüe en la página de la lista por qué está la dirección, corríjalo y pida que la quiten.',
    },
    refusals: {
      why: 'Lo que otros servidores dijeron hace poco al correo de aquí: solo ellos saben qué tienen en su contra.',
      fix: 'Lea lo que dijeron: a menudo nombra una página que lo explica.',
    },
    clock: {
      why: 'Con un reloj equivocado fallan las firmas, los certificados y las fechas del correo.',
      fix: 'Deje que el sistema ponga su reloj: timedatectl set-ntp true',
    },
    certificate: {
      why: 'Los programas y servidores que verifican necesitan un certificado de {server} válido y conocido.',
      fix: 'Ponga acme.enabled, con el puerto 80 o 443 abierto hacia este servidor; o nombre los archivos de un certificado en tls.cert y tls.key.',
    },
  },
}

/** The words around them. */
export const frameTexts: Readonly<Record<Language, Readonly<Record<FrameWord, string>>>> = {
  en: {
    ...{ good: 'good', bad: 'WRONG', warning: 'better', unknown: 'unknown' },
    ...{ have: 'have', want: 'want', why: 'why', fix: 'fix', nothing: 'nothing' },
    records: 'Records to publish, as a zone file:',
    summary: '{good} good, {bad} wrong, {warning} could be better, {unknown} not known',
  },
  id: {
    ...{ good: 'baik', bad: 'SALAH', warning: 'kurang', unknown: 'tak diketahui' },
    ...{ have: 'ada', want: 'perlu', why: 'mengapa', fix: 'perbaiki', nothing: 'tidak ada' },
    records: 'Rekaman yang perlu diterbitkan, sebagai berkas zona:',
    summary: '{good} baik, {bad} salah, {warning} bisa lebih baik, {unknown} tak diketahui',
  },
  es: {
    ...{ good: 'bien', bad: 'MAL', warning: 'mejorable', unknown: 'desconocido' },
    ...{ have: 'hay', want: 'falta', why: 'por qué', fix: 'arreglo', nothing: 'nada' },
    records: 'Registros que publicar, como archivo de zona:',
    summary: '{good} bien, {bad} mal, {warning} mejorables, {unknown} desconocidos',
  },
}

type FrameWord =
  | 'good'
  | 'bad'
  | 'warning'
  | 'unknown'
  | 'have'
  | 'want'
  | 'why'
  | 'fix'
  | 'nothing'
  | 'records'
  | 'summary'

/** `text` with each {name} replaced. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
