/** An answer that says no: 4xx with a reason code and one sentence, and nothing was changed. */
export class Refusal {
  readonly status: number
  readonly reason: string
  readonly sentence: string
  /** Seconds after which it may be tried again; undefined: does not help. */
  readonly retryAfter: number | undefined

  constructor(status: number, reason: string, sentence: string, retryAfter?: number) {
    this.status = status
    this.reason = reason
    this.sentence = sentence
    this.retryAfter = retryAfter
  }
}

/** What the server says no to on its own, before a route is asked. */
export const REFUSALS = {
  malformed: new Refusal(400, 'malformed', '请求的内容不对，没有改动任何东西。'),
  'signed-out': new Refusal(401, 'signed-out', '请先登录。'),
  'not-allowed': new Refusal(403, 'not-allowed', '您的职务不能做这件事。'),
  'other-site': new Refusal(403, 'other-site', '这个请求不是从本站页面发出的，没有办理。'),
  'not-found': new Refusal(404, 'not-found', '没有这个地址，或者没有这条记录。'),
  'too-large': new Refusal(413, 'too-large', '一次交的内容太大，请分几次交。'),
  'wrong-type': new Refusal(415, 'wrong-type', '只收 JSON 格式的内容。'),
  busy: new Refusal(503, 'busy', '服务器正忙，请稍后再试。', 5),
} as const satisfies Record<string, Refusal>
