import { deflateRawSync, deflateSync } from 'node:zlib'
import { crc32 } from 'node:zlib'

const u16 = (value: number) => Buffer.from([value >> 8, value & 255])
const u16le = (value: number) => Buffer.from([value & 255, (value >> 8) & 255])
const u32le = (value: number) =>
  Buffer.concat([u16le(value % 65_536), u16le(Math.floor(value / 65_536) % 65_536)])
const text = (value: string) => Buffer.from(value, 'latin1')

const segment = (marker: number, body: Buffer) =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(body.length + 2), body])
const APP0 = segment(0xe0, Buffer.concat([text('JFIF\0'), Buffer.from([1, 1, 0, 0, 1, 0, 1, 0, 0])]))
const frame = (width: number, height: number, marker = 0xc0) =>
  segment(marker, Buffer.concat([Buffer.from([8]), u16(height), u16(width), Buffer.from([1, 1, 0x11, 0])]))
const SCAN = segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0]))
const START = Buffer.from([0xff, 0xd8])
const END = Buffer.from([0xff, 0xd9])

interface JpegParts {
  width?: number
  height?: number
  before?: readonly Buffer[]
  scans?: number
  after?: Buffer
}

/** A JPEG as far as its structure goes. */
export const jpeg = ({ width = 640, height = 480, before = [], scans = 1, after }: JpegParts = {}): Buffer =>
  Buffer.concat([
    START,
    APP0,
    ...before,
    frame(width, height),
    ...Array.from({ length: scans }, () => Buffer.concat([SCAN, Buffer.from([0x11, 0x22, 0x33])])),
    END,
    after ?? Buffer.alloc(0),
  ])

const chunk = (name: string, body: Buffer): Buffer => {
  const named = Buffer.concat([text(name), body])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, named, sum])
}

/** A PNG of one colour; of a few kilobytes however large it says it is. @param rows that are really in it */
export function png(width: number, height: number, rows = 1): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([1, 0, 0, 0, 0], 8)
  const line = Buffer.alloc(1 + Math.ceil(width / 8))
  const data = deflateSync(Buffer.concat(Array.from({ length: rows }, () => line)), { level: 9 })
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

export interface ZipEntry {
  name: string
  body?: Buffer
  /** What it says it unpacks to, when that is not so. */
  says?: number
}

/** An archive of these entries. @param count entries it says it has, when that is not so */
export function zip(entries: readonly ZipEntry[], count = entries.length): Buffer {
  const files: Buffer[] = []
  const list: Buffer[] = []
  let at = 0
  for (const { name, body = Buffer.alloc(0), says = body.length } of entries) {
    const packed = deflateRawSync(body)
    const same = Buffer.concat([
      u16le(20),
      u16le(0),
      u16le(8),
      u32le(0),
      u32le(crc32(body)),
      u32le(packed.length),
      u32le(says),
      u16le(name.length),
      u16le(0),
    ])
    const file = Buffer.concat([text('PK\u0003\u0004'), same, text(name), packed])
    list.push(
      Buffer.concat([
        text('PK\u0001\u0002'),
        u16le(20),
        same,
        u16le(0),
        u16le(0),
        u16le(0),
        u32le(0),
        u32le(at),
        text(name),
      ]),
    )
    files.push(file)
    at += file.length
  }
  const directory = Buffer.concat(list)
  return Buffer.concat([
    ...files,
    directory,
    text('PK\u0005\u0006'),
    u16le(0),
    u16le(0),
    u16le(count),
    u16le(count),
    u32le(directory.length),
    u32le(at),
    u16le(0),
  ])
}

const PAPER: readonly ZipEntry[] = [
  { name: '[Content_Types].xml', body: text('<Types/>') },
  { name: 'word/document.xml', body: text('<w:document/>') },
]
/** A paper as Word writes it, as far as its structure goes. */
export const docx = (more: readonly ZipEntry[] = []): Buffer => zip([...PAPER, ...more])

const SCRIPT = '<script>globalThis.hurt=1</script>'
const HTML = text(`<!doctype html><html><body>${SCRIPT}</body></html>`)
const SVG = text(`<svg xmlns="http://www.w3.org/2000/svg" onload="hurt=1">${SCRIPT}</svg>`)
const JPEG = 'image/jpeg'
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const DOC = 'application/msword'
const PDF = 'application/pdf'
export type HostileMime =
  | typeof JPEG
  | typeof DOCX
  | typeof DOC
  | typeof PDF
  | 'audio/mp4'
  | 'audio/webm'
  | 'audio/wav'

/** What somebody may hand in as something that it is not, or that takes more than it should: refused. */
export const REFUSED: readonly (readonly [what: string, mime: HostileMime, bytes: Buffer])[] = [
  ['a page as a picture', JPEG, HTML],
  ['a drawing with a script as a picture', JPEG, SVG],
  ['a drawing after a blank as a picture', JPEG, Buffer.concat([text('\n\n'), SVG])],
  ['an animation as a picture', JPEG, text(`GIF89a/*\u0000\u0000*/=1;${SCRIPT}`)],
  ['a PNG as a picture', JPEG, png(8, 8)],
  ['a PNG that unpacks into a hundred megapixels as a picture', JPEG, png(30_000, 30_000)],
  ['a BMP with a script as a picture', JPEG, text(`BM/*${SCRIPT}`)],
  ['a program as a picture', JPEG, text('MZ\u0090\u0000 this program')],
  ['another program as a picture', JPEG, text('\u007fELF')],
  ['an archive as a picture', JPEG, docx()],
  ['a paper as a picture', JPEG, text('%PDF-1.7')],
  ['a picture that begins too late', JPEG, Buffer.concat([text(' '), jpeg()])],
  ['a picture of 65,000 by 65,000', JPEG, jpeg({ width: 65_000, height: 65_000 })],
  ['a picture of one long line', JPEG, jpeg({ width: 65_500, height: 1 })],
  ['a second, huge frame behind the first', JPEG, jpeg({ after: frame(60_000, 60_000) })],
  ['a huge frame behind junk', JPEG, Buffer.concat([START, text('junk'), frame(60_000, 60_000), SCAN, END])],
  ['a huge progressive frame', JPEG, Buffer.concat([START, APP0, frame(50_000, 50_000, 0xc2), SCAN, END])],
  ['ten thousand passes over one picture', JPEG, jpeg({ scans: 10_000 })],
  ['a page as a paper', PDF, HTML],
  ['a page as an old paper', DOC, HTML],
  ['a page as a paper of Word', DOCX, HTML],
  ['rich text as an old paper', DOC, text('{\\rtf1\\object}')],
  ['another archive as a paper of Word', DOCX, zip([{ name: 'a.txt' }])],
  ['an app as a paper of Word', DOCX, zip([{ name: 'AndroidManifest.xml' }, { name: 'classes.dex' }])],
  ['a spreadsheet as a paper of Word', DOCX, zip([PAPER[0] as ZipEntry, { name: 'xl/workbook.xml' }])],
  ['a paper of Word with a macro', DOCX, docx([{ name: 'word/vbaProject.bin' }])],
  ['a paper of Word with a program in it', DOCX, docx([{ name: 'word/embeddings/run.exe' }])],
  [
    'a paper that says it unpacks into 40 GB',
    DOCX,
    docx(Array.from({ length: 10 }, (_, i) => ({ name: `word/${i}`, says: 4_000_000_000 }))),
  ],
  [
    'a paper that unpacks into 300 MB',
    DOCX,
    docx([{ name: 'word/a.xml', body: Buffer.alloc(300 * 1024 * 1024) }]),
  ],
  ['a paper of 60,000 entries', DOCX, zip(PAPER, 60_000)],
  ['a paper that is cut off', DOCX, docx().subarray(0, 60)],
  [
    'a paper whose list leads elsewhere',
    DOCX,
    Buffer.concat([
      docx().subarray(0, -22),
      text('PK\u0005\u0006'),
      u16le(0),
      u16le(0),
      u16le(2),
      u16le(2),
      u32le(9),
      u32le(4_000_000_000),
      u16le(0),
    ]),
  ],
  ['a page as a recording', 'audio/mp4', HTML],
  ['a page as another recording', 'audio/webm', HTML],
  ['a page as a third recording', 'audio/wav', text(`RIFF${SCRIPT}`)],
]

/** What is what it says it is and carries something besides: taken, and nothing of it runs. */
export const INERT: readonly (readonly [what: string, mime: HostileMime, bytes: Buffer])[] = [
  ['a picture', JPEG, jpeg()],
  ['a large picture', JPEG, jpeg({ width: 4096, height: 3072 })],
  [
    'a picture with a script where cameras write',
    JPEG,
    jpeg({ before: [segment(0xe1, text(`Exif\0\0${SCRIPT}`))] }),
  ],
  ['a picture with a page as its comment', JPEG, jpeg({ before: [segment(0xfe, HTML)] })],
  ['a picture with a page behind it', JPEG, jpeg({ after: HTML })],
  ['a picture with an archive behind it', JPEG, jpeg({ after: docx() })],
  ['a picture that is cut off', JPEG, jpeg().subarray(0, 30)],
  ['a paper with a page behind it', PDF, Buffer.concat([text('%PDF-1.7\n'), HTML])],
  ['a paper with a script in it', PDF, text('%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>')],
  ['an old paper', DOC, Buffer.concat([Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), HTML])],
  ['a paper of Word with a page in front', DOCX, docx([{ name: '../../../../etc/passwd' }])],
  [
    'a recording with a page in it',
    'audio/mp4',
    Buffer.concat([Buffer.from([0, 0, 0, 24]), text('ftypM4A '), HTML]),
  ],
]

/** Pictures that a phone must not try to open. */
export const TOO_LARGE_TO_OPEN: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a PNG of 30,000 by 30,000', png(30_000, 30_000)],
  ['a PNG of one long line', png(1_000_000, 1)],
  ['a JPEG of 65,000 by 65,000', jpeg({ width: 65_000, height: 65_000 })],
  ['a GIF of 65,000 by 65,000', Buffer.concat([text('GIF89a'), u16le(65_000), u16le(65_000)])],
  [
    'a WebP of 16,000 by 16,000',
    Buffer.concat([
      text('RIFF'),
      u32le(30),
      text('WEBPVP8X'),
      u32le(10),
      u32le(0),
      Buffer.from([0x7f, 0x3e, 0, 0x7f, 0x3e, 0]),
    ]),
  ],
  [
    'a BMP of 40,000 by minus 40,000',
    Buffer.concat([text('BM'), Buffer.alloc(16), u32le(40_000), u32le(2 ** 32 - 40_000)]),
  ],
]
