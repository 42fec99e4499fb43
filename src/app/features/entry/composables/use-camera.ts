import { onBeforeUnmount, ref, type Ref } from 'vue'

/** Reads QR codes out of a picture. */
type Reader = (picture: HTMLCanvasElement) => Promise<string | null>

interface Detector {
  detect(picture: HTMLCanvasElement): Promise<{ rawValue: string }[]>
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector
  getSupportedFormats(): Promise<string[]>
}

async function nativeReader(): Promise<Reader | null> {
  const Native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (!Native || !(await Native.getSupportedFormats()).includes('qr_code')) return null
  const detector = new Native({ formats: ['qr_code'] })
  return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null
}

/** The reader that comes with the app, from our own server, only where the browser has none. */
async function broughtReader(): Promise<Reader> {
  const [{ prepareZXingModule, readBarcodes }, { default: address }] = await Promise.all([
    import('zxing-wasm/reader'),
    import('zxing-wasm/reader/zxing_reader.wasm?url'),
  ])
  prepareZXingModule({ overrides: { locateFile: () => address } })
  return async (picture) => {
    const image = picture.getContext('2d')?.getImageData(0, 0, picture.width, picture.height)
    if (!image) return null
    const [found] = await readBarcodes(image, { formats: ['QRCode'], maxNumberOfSymbols: 1 })
    return found?.text ?? null
  }
}

const LOOK_EVERY_MS = 200
const WIDTH = 640

/**
 * Looks through the camera until a code is seen.
 * @param seen called with the text of each code; answers whether it was the right one, and then looking stops
 */
export function useCamera(video: Ref<HTMLVideoElement | null>, seen: (text: string) => boolean) {
  const failed = ref(false)
  let stream: MediaStream | null = null
  let stopped = true

  function stop() {
    stopped = true
    for (const track of stream?.getTracks() ?? []) track.stop()
    stream = null
  }

  async function look(reader: Reader, canvas: HTMLCanvasElement): Promise<void> {
    const picture = video.value
    if (stopped || !picture) return
    if (picture.videoWidth > 0) {
      canvas.width = WIDTH
      canvas.height = Math.round((WIDTH * picture.videoHeight) / picture.videoWidth)
      canvas
        .getContext('2d', { willReadFrequently: true })
        ?.drawImage(picture, 0, 0, canvas.width, canvas.height)
      const text = await reader(canvas).catch(() => null)
      if (text !== null && seen(text)) return stop()
    }
    setTimeout(() => void look(reader, canvas), LOOK_EVERY_MS)
  }

  async function start() {
    stopped = false
    failed.value = false
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment' },
        audio: false,
      })
      if (stopped || !video.value) return stop()
      video.value.srcObject = stream
      await video.value.play()
      await look(
        (await nativeReader().catch(() => null)) ?? (await broughtReader()),
        document.createElement('canvas'),
      )
    } catch {
      failed.value = true
      stop()
    }
  }

  onBeforeUnmount(stop)
  return { failed, start, stop }
}
