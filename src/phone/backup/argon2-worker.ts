import { argon2, type KeyWish } from './argon2.ts'

// A second of arithmetic beside the page, so that nobody's finger waits for it.
addEventListener('message', ({ data }: MessageEvent<KeyWish>) => {
  argon2(data).then(
    (key) => postMessage({ key }),
    () => postMessage({ key: null }),
  )
})
