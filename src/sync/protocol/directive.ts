import * as v from 'valibot'
import { accept, refuse, type Result } from '#domain/result.ts'

/**
 * What the office orders of one phone.
 * - `lock`: close the vault now, and let no PIN open it until a later `release` has come. Writing goes on, and so does handing in.
 * - `release`: the phone was found again, or let in anew with the office's help; the PIN opens as before. It also ends a `wipe-after-drain` that was not yet carried out.
 * - `wipe-after-drain`: as `lock`, and as soon as nothing waits here that the server has not taken, everything that is kept under this
 *   vault is removed. Work that was not handed in is never removed by it, however long that takes.
 */
export const ORDERS = ['lock', 'release', 'wipe-after-drain'] as const
export type DeviceOrder = (typeof ORDERS)[number]

const Count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))

/** What is signed, as JSON. */
const PayloadSchema = v.looseObject({
  v: v.literal(1),
  order: v.picklist(ORDERS),
  /** The installation it is for, and no other. */
  device: Count,
  /**
   * Grows with every order to that device and is never used again: the phone keeps the highest one it has obeyed, in clear and durably
   * before it obeys, and a copy of an older order is worth nothing.
   */
  n: Count,
})
export type Directive = v.InferOutput<typeof PayloadSchema>

/**
 * A directive as it travels: in `hello.directives` of an exchange beside other entries (each with its own `is`), and in `directives` of
 * the refusal with which a phone is answered whose session was ended (status 401, `RefusalSchema`), and of what the drop-box answers.
 */
export const SignedDirectiveSchema = v.looseObject({
  is: v.literal('device'),
  /** The JSON of the directive, exactly as it was signed. */
  text: v.pipe(v.string(), v.maxLength(500)),
  /** ECDSA over P-256 with SHA-256, the two numbers of 32 bytes one after the other, base64url. */
  sig: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{86}$/)),
})
export type SignedDirective = v.InferOutput<typeof SignedDirectiveSchema>

/** The key of a server that a phone keeps from `me.orderKeys`: an uncompressed point of P-256, 65 bytes, base64url. */
export const OrderKeySchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{87}$/))

/** What the signature is made over, before its UTF-8: no signature of anything else can stand for a directive. */
export const signedText = (text: string): string => `mingbai directive v1\n${text}`

/** ECDSA over P-256 with SHA-256 as the platform offers it. All three base64url, but the text. Never throws for a wrong signature. */
export type CheckSignature = (key: string, sig: string, text: string) => Promise<boolean>

export type DirectiveRefusal =
  /** No directive, or one of a kind this build does not know: it is left alone. */
  | 'not-one'
  /** Signed by none of the keys this phone was given. */
  | 'forged'
  | 'other-device'
  /** Obeyed before, or overtaken by a later one. */
  | 'used'

function read(text: string): Directive | null {
  try {
    const payload = v.safeParse(PayloadSchema, JSON.parse(text))
    return payload.success ? payload.output : null
  } catch {
    return null
  }
}

/**
 * Whether an entry of `directives` is an order this phone has to obey.
 * @param here the phone's device number, the keys from its `me.orderKeys`, and the highest `n` it has obeyed (0: none)
 */
export async function verifyDirective(
  entry: unknown,
  here: { device: number; keys: readonly string[]; obeyed: number },
  check: CheckSignature,
): Promise<Result<Directive, DirectiveRefusal>> {
  const signed = v.safeParse(SignedDirectiveSchema, entry)
  if (!signed.success) return refuse('not-one')
  const { text, sig } = signed.output
  const said = signedText(text)
  let isOurs = false
  for (const key of here.keys) isOurs ||= await check(key, sig, said)
  if (!isOurs) return refuse('forged')
  const directive = read(text)
  if (!directive) return refuse('not-one')
  if (directive.device !== here.device) return refuse('other-device')
  return directive.n > here.obeyed ? accept(directive) : refuse('used')
}

/**
 * The orders to obey of a list, oldest first; what is not one for this phone is left out.
 * @param here as `verifyDirective`
 */
export async function ordersIn(
  directives: readonly unknown[],
  here: { device: number; keys: readonly string[]; obeyed: number },
  check: CheckSignature,
): Promise<Directive[]> {
  const checked = await Promise.all(directives.map((one) => verifyDirective(one, here, check)))
  return checked.flatMap((one) => (one.ok ? [one.value] : [])).sort((a, b) => a.n - b.n)
}

/**
 * Where a phone says what it has obeyed: with its session's cookie, an ended one too, or with the drop-box's word.
 * @public part of the wire
 */
export const OBEYED_PATH = '/api/devices/obeyed'

/** `n` of the order that was carried out: locked, opened again, or, just before the removal, that nothing waits and it begins now. @public part of the wire */
export const ObeyedSchema = v.object({ n: Count })
