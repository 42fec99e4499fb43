/** An answer that says no: 4xx with a reason code and one sentence, and nothing was changed. */
export class Refusal {
  readonly status: number
  readonly reason: string
  readonly sentence: string
  /** Seconds after which it may be tried again; undefined: does not help. */
  readonly retryAfter: number | undefined
  /** What else the answer says, beside reason and sentence. */
  more: Readonly<Record<string, unknown>> = {}

  constructor(status: number, reason: string, sentence: string, retryAfter?: number) {
    this.status = status
    this.reason = reason
    this.sentence = sentence
    this.retryAfter = retryAfter
  }

  /** The same refusal, saying more. */
  with(more: Readonly<Record<string, unknown>>): Refusal {
    const one = new Refusal(this.status, this.reason, this.sentence, this.retryAfter)
    one.more = more
    return one
  }
}

/** What the server says no to on its own, before a route is asked. */
export const REFUSALS = {
  malformed: new Refusal(400, 'malformed', '请求的内容不对，没有改动任何东西。'),
  'signed-out': new Refusal(401, 'signed-out', '请先登录。'),
  'sign-again': new Refusal(401, 'sign-again', '手机的时间和服务器对不上，请再试一次。'),
  'not-its-phone': new Refusal(
    401,
    'not-its-phone',
    '这次登录不是在这部手机上办的，请在自己的手机上重新进入。',
  ),
  'not-allowed': new Refusal(403, 'not-allowed', '您的职务不能做这件事。'),
  'other-site': new Refusal(403, 'other-site', '这个请求不是从本站页面发出的，没有办理。'),
  held: new Refusal(423, 'held', '办公室把这部手机锁上了。写下的还在，会交上去；要看东西，请联系办公室。'),
  'prove-again': new Refusal(428, 'prove-again', '这一步要紧，请再输入一次验证器上现在的六位数字。'),
  'not-found': new Refusal(404, 'not-found', '没有这个地址，或者没有这条记录。'),
  'too-large': new Refusal(413, 'too-large', '一次交的内容太大，请分几次交。'),
  'wrong-type': new Refusal(415, 'wrong-type', '只收 JSON 格式的内容。'),
  busy: new Refusal(503, 'busy', '服务器正忙，请稍后再试。', 5),
} as const satisfies Record<string, Refusal>
