const come = () => import('./open-device-key.ts').then((one) => one.openDeviceKey())

/** The key of the vault that this browser has open; the code that looks for it comes with the first question of somebody who has entered. */
export function lateDeviceKey(): () => Promise<CryptoKey | null> {
  let coming: Promise<() => Promise<CryptoKey | null>> | null = null
  return async () => {
    coming ??= come().catch((error: unknown) => {
      coming = null
      throw error
    })
    return (await coming)()
  }
}
