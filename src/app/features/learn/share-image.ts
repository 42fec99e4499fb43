import { encode } from 'uqr'
import { blockOf, type ContentItem } from '#domain/content/content-item.ts'

const WIDTH = 1080
const EDGE = 72
const INNER = WIDTH - EDGE * 2
const INK = '#16202a'
const GREY = '#46525e'
const BLUE = '#0b4f8a'
const SOFT = '#e3eef8'
const RED = '#a8201a'
const FONT = '"PingFang SC", "HarmonyOS Sans SC", MiSans, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif'

export interface ShareWords {
  answer: string
  scan: string
  /** Under the code: that only openings are counted, or that it is a draft. */
  foot: string
  brand: string
}

/** Breaks text into lines that fit, never beginning a line with a closing mark. */
export function wrapLines(text: string, fits: (line: string) => boolean): string[] {
  const lines: string[] = []
  let line = ''
  for (const sign of text) {
    const longer = line + sign
    if (line !== '' && !fits(longer) && !/[，。？！、；：）》”]/.test(sign)) {
      lines.push(line)
      line = sign
    } else line = longer
  }
  return line === '' ? lines : [...lines, line]
}

/** Draws from top to bottom; `y` is where the next thing begins. With `ink` false it only measures. */
class Sheet {
  y = EDGE
  private readonly pen: CanvasRenderingContext2D
  private readonly ink: boolean
  constructor(pen: CanvasRenderingContext2D, ink: boolean) {
    this.pen = pen
    this.ink = ink
  }

  text(
    words: string,
    size: number,
    options: { bold?: boolean; colour?: string; x?: number; width?: number; gap?: number } = {},
  ) {
    const { bold = false, colour = INK, x = EDGE, width = INNER, gap = 1.5 } = options
    this.pen.font = `${bold ? 700 : 400} ${size}px ${FONT}`
    this.pen.fillStyle = colour
    this.pen.textBaseline = 'top'
    for (const line of wrapLines(words, (one) => this.pen.measureText(one).width <= width)) {
      if (this.ink) this.pen.fillText(line, x, this.y + (size * (gap - 1)) / 2)
      this.y += size * gap
    }
  }

  /** A tinted ground under whatever `content` writes: measured first, so that the ground lies below the words. */
  box(colour: string, content: (sheet: Sheet) => void) {
    const top = this.y
    const measured = new Sheet(this.pen, false)
    measured.y = top + 36
    content(measured)
    const bottom = measured.y + 28
    if (this.ink) {
      this.pen.fillStyle = colour
      this.pen.fillRect(EDGE - 24, top, INNER + 48, bottom - top)
    }
    this.y = top + 36
    content(this)
    this.y = bottom
  }

  step(sign: string, words: string, colour: string) {
    const top = this.y
    if (this.ink) {
      this.pen.fillStyle = colour
      this.pen.beginPath()
      this.pen.arc(EDGE + 30, top + 36, 30, 0, Math.PI * 2)
      this.pen.fill()
      this.pen.fillStyle = '#ffffff'
      this.pen.font = `700 36px ${FONT}`
      this.pen.textBaseline = 'middle'
      this.pen.textAlign = 'center'
      this.pen.fillText(sign, EDGE + 30, top + 38)
      this.pen.textAlign = 'left'
    }
    this.text(words, 46, { x: EDGE + 88, width: INNER - 88 })
    this.y = Math.max(this.y, top + 72) + 14
  }

  code(link: string, side: number) {
    const { data, size } = encode(link, { ecc: 'Q', border: 4 })
    const cell = Math.floor(side / size)
    if (this.ink) {
      this.pen.fillStyle = '#ffffff'
      this.pen.fillRect(EDGE, this.y, cell * size, cell * size)
      this.pen.fillStyle = '#000000'
      for (const [row, cells] of data.entries())
        for (const [column, dark] of cells.entries())
          if (dark) this.pen.fillRect(EDGE + column * cell, this.y + row * cell, cell, cell)
    }
    return cell * size
  }
}

function draw(sheet: Sheet, item: ContentItem, link: string, words: ShareWords) {
  sheet.text(words.brand, 40, { bold: true, colour: BLUE })
  sheet.y += 20
  sheet.text(item.title, 74, { bold: true, gap: 1.35 })
  sheet.y += 28
  sheet.box(SOFT, (ground) => {
    ground.text(words.answer, 36, { bold: true, colour: BLUE })
    ground.text(blockOf(item, 'answer')?.text ?? '', 52, { bold: true, gap: 1.55 })
  })
  sheet.y += 40
  const steps = blockOf(item, 'steps')
  for (const dont of steps?.donts ?? []) sheet.step('×', dont, RED)
  for (const [index, step] of (steps?.steps ?? []).entries()) sheet.step(String(index + 1), step, BLUE)
  sheet.y += 24
  const top = sheet.y
  const side = sheet.code(link, 300)
  const beside = { x: EDGE + side + 40, width: INNER - side - 40 }
  sheet.y = top + 36
  sheet.text(words.scan, 46, { bold: true, ...beside })
  sheet.text(link.replace(/^https?:\/\//, ''), 34, { colour: GREY, ...beside })
  sheet.text(words.foot, 32, { colour: GREY, ...beside })
  sheet.y = Math.max(sheet.y, top + side) + EDGE - 20
}

/**
 * One item as a picture for a chat group: question, answer, steps, and a code that leads to the page. WeChat drops text that
 * travels with a picture, so the link is inside the picture.
 * @returns a PNG, or null where the browser cannot draw one
 */
export async function shareImage(item: ContentItem, link: string, words: ShareWords): Promise<Blob | null> {
  const canvas = document.createElement('canvas')
  canvas.width = WIDTH
  const pen = canvas.getContext('2d')
  if (!pen) return null
  const measured = new Sheet(pen, false)
  draw(measured, item, link, words)
  canvas.height = Math.ceil(measured.y)
  pen.fillStyle = '#ffffff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  draw(new Sheet(pen, true), item, link, words)
  return new Promise((resolve) => {
    canvas.toBlob(resolve, 'image/png')
  })
}
