import type { Drawable } from '#phone/attachments/picture.ts'

/** What a browser can draw from. */
type Source = ImageBitmap | HTMLImageElement

const sizeOf = (source: Source): { width: number; height: number } =>
  'naturalWidth' in source ? { width: source.naturalWidth, height: source.naturalHeight } : source

/** An element that holds the picture, for engines whose bitmaps do not know which way up a photograph is. */
function loadImage(file: Blob): Promise<HTMLImageElement> {
  const address = URL.createObjectURL(file)
  return new Promise<HTMLImageElement>((resolve, reject) => {
    const image = new Image()
    image.addEventListener('load', () => resolve(image))
    image.addEventListener('error', () => reject(new Error('not a picture this browser knows')))
    image.src = address
  }).finally(() => URL.revokeObjectURL(address))
}

async function decode(file: Blob): Promise<Source> {
  if ('createImageBitmap' in globalThis) {
    try {
      return await createImageBitmap(file, { imageOrientation: 'from-image' })
    } catch {
      // Some engines refuse the option, or this sort of picture; the element may still take it.
    }
  }
  return loadImage(file)
}

function toJpeg(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('nothing was drawn'))),
      'image/jpeg',
      quality,
    ),
  )
}

/** A picture decoded by the browser; rejects when it is none that the browser knows. `close` gives its memory back. */
export async function drawable(file: Blob): Promise<Drawable & { close(): void }> {
  const source = await decode(file)
  const { width, height } = sizeOf(source)
  return {
    width,
    height,
    async draw(toWidth, toHeight, quality) {
      const canvas = document.createElement('canvas')
      canvas.width = toWidth
      canvas.height = toHeight
      const context = canvas.getContext('2d', { alpha: false })
      if (!context) throw new Error('no canvas')
      // What is see-through becomes paper.
      context.fillStyle = '#ffffff'
      context.fillRect(0, 0, toWidth, toHeight)
      context.imageSmoothingQuality = 'high'
      context.drawImage(source, 0, 0, toWidth, toHeight)
      const blob = await toJpeg(canvas, quality)
      // Phones with little memory hold on to a canvas until its size is nothing.
      canvas.width = 0
      return new Uint8Array(await blob.arrayBuffer())
    },
    close: () => void ('close' in source && source.close()),
  }
}
